"""What pages and API show, gathered in plain classes that know nothing of browsers."""
