"""Who speaks, what, and how: lexicon, gestures, habits, and the recording session."""
