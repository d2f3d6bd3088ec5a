"""What people see: a site of pages and charts, made from the published tables and nothing else."""
