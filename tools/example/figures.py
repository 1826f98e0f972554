#!/usr/bin/env python3
"""Recomputes the figures of the published epidemic listings, as `spec/errata.md` quotes them.

    python3 tools/example/figures.py         about ten seconds; the same figures every time

Each function models what the published code does, rule by rule, or what its text describes where the two differ. Chance comes
from one seeded generator. Python 3.11, standard library only.
"""

import collections
import random
import statistics

POPULATION = 100
GOAL = 95


def sir_time(share, infected=1.0, beta=2.5, gamma=0.1, population=1000.0, step=1e-3):
    """Minutes until `share` of the population is no longer susceptible: the published equations by Runge-Kutta of order 4."""
    def slope(s, i):
        return -beta * s * i / population, beta * s * i / population - gamma * i

    s, i, time = population - infected, infected, 0.0
    while True:
        a = slope(s, i)
        b = slope(s + step / 2 * a[0], i + step / 2 * a[1])
        c = slope(s + step / 2 * b[0], i + step / 2 * b[1])
        d = slope(s + step * c[0], i + step * c[1])
        below = s
        s += step / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0])
        i += step / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1])
        target = (1 - share) * population
        if s <= target:
            return time + step * (below - target) / (below - s)
        time += step


def sir_by_chance(chance, share=0.95, beta=2.5, gamma=0.1, population=1000):
    """The same as a random process of single people: minutes, or None where the rumour dies out first."""
    s, i, time = population - 1, 1, 0.0
    while s > (1 - share) * population:
        if i == 0:
            return None
        infection, removal = beta * s * i / population, gamma * i
        time += chance.expovariate(infection + removal)
        if chance.random() * (infection + removal) < infection:
            s, i = s - 1, i + 1
        else:
            i -= 1
    return time


def push(chance, informed):
    """Every informed node tells three of all nodes, itself included; each telling succeeds with 0.7."""
    everybody = range(POPULATION)
    return {t for _ in informed for t in chance.sample(everybody, 3) if chance.random() < 0.7}


def pull_as_published(chance, informed):
    """Every uninformed node asks a node that is known to be informed; each asking succeeds with 0.8."""
    return {n for n in range(POPULATION) if n not in informed and chance.random() < 0.8}


def pull(chance, informed):
    """Every uninformed node asks some other node, informed or not; each asking succeeds with 0.8."""
    learned = set()
    for node in range(POPULATION):
        if node not in informed:
            asked = chance.randrange(POPULATION - 1)
            asked += asked >= node
            if asked in informed and chance.random() < 0.8:
                learned.add(node)
    return learned


def push_pull_as_published(chance, informed):
    """Informed nodes tell two nodes known to be uninformed (0.6); uninformed ones ask, with 0.4, a node known to be informed (0.7)."""
    ignorant = [n for n in range(POPULATION) if n not in informed]
    told = {t for _ in informed for t in chance.sample(ignorant, min(2, len(ignorant))) if chance.random() < 0.6}
    return told | {n for n in ignorant if chance.random() < 0.4 and chance.random() < 0.7}


def rounds(chance, step, sources):
    """(rounds until GOAL nodes are informed, nodes informed after the first)."""
    informed, count, first = set(range(sources)), 0, None
    while len(informed) < GOAL:
        informed |= step(chance, informed)
        count += 1
        first = first or len(informed)
    return count, first


def rumour(chance, size=200, sources=2, limit=15, shares=5):
    """Nodes reached by the published rumour listing in at most `limit` rounds, told in the order in which the listing loops."""
    friends = []
    for node in range(size):
        others = [n for n in range(size) if n != node]
        friends.append((chance.uniform(0.3, 0.9), chance.sample(others, chance.randint(5, 15))))
    told = {node: 0 for node in chance.sample(range(size), sources)}
    for _ in range(limit):
        active = sorted(n for n, times in told.items() if times < shares)
        if not active:
            break
        for node in active:
            enthusiasm, circle = friends[node]
            for friend in chance.sample(circle, 3):
                if chance.random() < enthusiasm:
                    told.setdefault(friend, 0)
            told[node] += 1
        if len(told) == size:
            break
    return len(told) / size


def main():
    chance = random.Random(33)
    print("SIR, minutes to 50, 95, 99 %:", *(f"{sir_time(share):.3f}" for share in (0.5, 0.95, 0.99)))
    print(f"SIR to 95 % from ten sources: {sir_time(0.95, infected=10):.3f}")
    runs = [sir_by_chance(chance) for _ in range(2000)]
    times = [t for t in runs if t is not None]
    print(f"SIR by chance, 2000 runs: {1 - len(times) / len(runs):.1%} die out; else mean {statistics.mean(times):.2f}, "
          f"within 6 to 7 minutes {sum(6 <= t <= 7 for t in times) / len(runs):.1%}")
    for name, step, sources in (
        ("push", push, 1), ("pull as published", pull_as_published, 3), ("pull as published", pull_as_published, 1),
        ("pull", pull, 3), ("push-pull as published", push_pull_as_published, 1),
    ):
        results = [rounds(chance, step, sources) for _ in range(5000)]
        spread = dict(sorted(collections.Counter(count for count, _ in results).items()))
        print(f"{name}, {sources} source(s), 5000 runs: mean {statistics.mean(c for c, _ in results):.2f} rounds, "
              f"{statistics.mean(f for _, f in results):.1f} informed after one; rounds: runs {spread}")
    reached = [rumour(chance) for _ in range(1000)]
    print(f"rumour, 1000 runs: mean {statistics.mean(reached):.2%}, least {min(reached):.1%}, everybody in "
          f"{sum(r == 1 for r in reached) / len(reached):.1%}")


if __name__ == "__main__":
    main()
