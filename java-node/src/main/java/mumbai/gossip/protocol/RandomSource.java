package mumbai.gossip.protocol;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import mumbai.gossip.state.Member;
import mumbai.gossip.wire.Address;

/** All chance of one machine, drawn from the seed it was created with. */
final class RandomSource {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    /** 11 characters of 6 bits: 66 bits (MGP1-ENV-012). */
    private static final int ID_LENGTH = 11;
    private static final int VERSION_LENGTH = 8;

    private final SplittableRandom random;

    RandomSource(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** A message id or ping id. */
    String id() {
        return token(ID_LENGTH);
    }

    /** The version of an entry. */
    String version() {
        return token(VERSION_LENGTH);
    }

    /** A number from 0 to {@code bound - 1}. */
    long below(long bound) {
        return random.nextLong(bound);
    }

    /** Up to {@code most} members at random, no two of one address. */
    List<Member> pick(List<Member> candidates, long most) {
        // a shuffle that keeps only what it moved: the candidates may be many and the picks few
        Map<Integer, Member> moved = new HashMap<>();
        List<Member> picked = new ArrayList<>();
        Set<Address> addresses = new HashSet<>();
        for (int i = 0; i < candidates.size() && picked.size() < most; i++) {
            int j = i + random.nextInt(candidates.size() - i);
            Member member = moved.getOrDefault(j, candidates.get(j));
            moved.put(j, moved.getOrDefault(i, candidates.get(i)));
            if (addresses.add(member.address())) {
                picked.add(member);
            }
        }
        return picked;
    }

    /** Up to {@code most} of some things at random, in random order; all of them in theirs where they are no more. */
    <T> List<T> choose(List<T> candidates, int most) {
        if (candidates.size() <= most) {
            return candidates;
        }
        List<T> pool = new ArrayList<>(candidates);
        for (int i = 0; i < most; i++) {
            Collections.swap(pool, i, i + random.nextInt(pool.size() - i));
        }
        return pool.subList(0, most);
    }

    private String token(int length) {
        StringBuilder token = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            token.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return token.toString();
    }
}
