/** The Java node of the Mumbai Gossip Protocol, version 1. {@link mumbai.gossip.MumbaiGossipProtocol} is its API. */
package mumbai.gossip;
