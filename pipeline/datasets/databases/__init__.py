"""Tables of a database, through SQLAlchemy: with the keys and types that it declares."""
