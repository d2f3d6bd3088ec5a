"""What this machine needs for the product's three heavy works. Figures, no claims: `make bench`."""
