"""What classifiers tell of a table: detection of its rows and usefulness for training."""
