/** What a node holds: entries, members, remembered members, history, counts (chapters 6 and 7). */
package mumbai.gossip.state;
