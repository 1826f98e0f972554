//! A gossip node.
