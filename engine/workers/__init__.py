"""Work in other threads and processes: who runs a job, and the arrays that all of them read."""
