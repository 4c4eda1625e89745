DELETE FROM pipeline.libraries;
