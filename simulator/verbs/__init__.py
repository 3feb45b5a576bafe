"""TwiML verbs: each is performed on a leg and returns the document to go on with, if any."""
