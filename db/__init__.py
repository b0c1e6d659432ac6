"""The desk between the rooms: the only package that imports SQLAlchemy.

`engine` opens the database, `models` says what is in it, `views` is the contract with readers, and each other module answers
one group of questions, taking and returning domain records; rows never leave.
"""
