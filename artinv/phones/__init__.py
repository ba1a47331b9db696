"""What is known of the phones of a sound: from a recognizer, from known words, or from labels."""
