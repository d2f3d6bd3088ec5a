"""What this machine needs for the product's heavy works, beside what one would pick instead: `make bench`."""
