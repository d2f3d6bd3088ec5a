"""What SQL cannot say: intervals, resampling, estimates. Frames and numbers in, frames and numbers out; no I/O."""
