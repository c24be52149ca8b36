//! Runs Jobs as local processes.
