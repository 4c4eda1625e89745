from musictool_pipeline_tests.surroundings import heard_log, own_surroundings, start_process

__all__ = ["heard_log", "own_surroundings", "start_process"]
