/** The protocol as a machine without sockets, threads, clocks and random source (chapters 6 to 9). */
package mumbai.gossip.protocol;
