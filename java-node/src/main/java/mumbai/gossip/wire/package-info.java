/** The wire: datagram bytes to typed messages and back (chapters 2 to 5 and 12). No state, no clock. */
package mumbai.gossip.wire;
