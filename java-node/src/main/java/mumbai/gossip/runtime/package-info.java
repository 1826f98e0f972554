/** The machine on a real socket, a real clock and one thread of its own. */
package mumbai.gossip.runtime;
