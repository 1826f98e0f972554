/** What a node holds: entries, members, remembered members, history, counts (chapters 6, 7 and 9). */
package mumbai.gossip.state;
