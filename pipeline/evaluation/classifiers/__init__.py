"""What classifiers measure on a table: detection of its rows and usefulness for training."""
