SELECT metric, dimension, value
FROM collection_statistics
ORDER BY metric, value DESC, dimension
