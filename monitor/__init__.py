"""The domain of Pactwatch: plain functions and records, no stream in sight.

Rooms, in the order an article walks through them: ``classify`` reads it, ``track`` follows the
agreement it speaks of, ``alerts`` decides whether there is something to tell, ``slack`` tells it,
``actors`` counts who was seen.  ``models`` holds the records that pass between them, ``kafka`` the
broker and its topics, ``feeds`` and ``archive`` the ways in and out, ``cli`` the command line.
"""

__version__ = "0.1.0"
