/** The adapter protocol: JSON requests to JSON answers, for test suites. */
package mumbai.gossip.adapter;
