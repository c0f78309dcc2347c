"""The ground every room stands on: documents, keys, shards, datasets, engines, errors, progress."""
