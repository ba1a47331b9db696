"""What every room needs: the 18 channels, records, and files that are whole or absent."""
