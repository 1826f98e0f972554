/** The adapter protocol: JSON requests to JSON answers, and bytes for simulations. */
package mumbai.gossip.adapter;
