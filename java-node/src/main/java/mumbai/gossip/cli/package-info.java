/** The command line. */
package mumbai.gossip.cli;
