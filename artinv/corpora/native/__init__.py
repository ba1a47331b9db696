"""What readers share: the files of a recording, finding them by name, and the description of one's own recordings."""
