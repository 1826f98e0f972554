//! A node with its own socket, tasks and clocks around the [`protocol`](crate::protocol) machine.
//!
//! ```
//! use mumbai_gossip::runtime::{Node, NodeConfig};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let node = Node::start(NodeConfig::new("p1", "127.0.0.1:0".parse()?)).await?;
//! node.set("load", serde_json::json!(0.5)).await?;
//! assert_eq!(node.get("load").await?, Some(serde_json::json!(0.5)));
//! node.stop().await;
//! # Ok(())
//! # }
//! ```

mod clock;
mod node;
mod rejections;
mod socket;
mod task;

pub use node::{Node, NodeConfig, NodeError, StartError};
