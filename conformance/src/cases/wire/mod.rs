//! What can be asked of any node over UDP.
