#!/usr/bin/env python3
"""Works out the scores of a cycle again from its anonymised file. Needs Python 3.10 or newer and numpy, nothing else.

    python3 check_scores.py scores.csv --seats 24 > mine.csv

scores.csv: application, reader, criterion, points. Table of applications to standard output, the rest to standard
error. This is written on purpose in another way than the portal does it (whole matrices, one step after the
other), so that it would notice a mistake there. The method in words: docs/scoring.md.
"""

import argparse
import csv
import sys
from collections import Counter, defaultdict
from statistics import NormalDist, median

import numpy as np


def read_file(name):
    """{(application, reader): {criterion: points}}, and the criteria."""
    reads = defaultdict(dict)
    with open(name, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            reads[row["application"], row["reader"]][row["criterion"]] = int(row["points"])
    criteria = sorted({criterion for read in reads.values() for criterion in read})
    return reads, criteria


def groups_of(seen):
    """How many groups of readers share no file with each other. seen: applications x readers, 1 where read."""
    reached, groups = np.zeros(seen.shape[1], dtype=bool), 0
    while not reached.all():
        groups += 1
        group = np.zeros_like(reached)
        group[np.flatnonzero(~reached)[0]] = True
        while True:
            wider = seen.T @ (seen @ group) > 0
            if (wider == group).all():
                break
            group = wider
        reached |= group
    return groups


def refusal_of(seen, points, files_min):
    """Why nothing may be adjusted, in a word; empty where it may."""
    applications, readers = seen.shape
    if readers == 1:
        return "one_reader"
    if groups_of(seen) > 1:
        return "not_connected"
    if (seen.sum(axis=0) < files_min).any():
        return "few_files"
    if seen.sum() - applications - readers + 1 <= 0:
        return "read_once"
    return "all_equal" if len(set(points[seen > 0])) == 1 else ""


def variances_of(seen, points):
    """How much applications, readers and chance spread (Henderson's third method)."""
    reads, (applications, readers) = seen.sum(), seen.shape
    n, files = seen.sum(axis=1), seen.sum(axis=0)
    mean = points.sum() / reads
    y = (points - mean) * seen

    def left_over(fitted):
        return (((y - fitted) * seen) ** 2).sum()

    means = y.sum(axis=1) / n
    by_application = left_over(means[:, None])
    by_reader = left_over((y.sum(axis=0) / files)[None, :])
    # the best fit of both at once: readers first, freed of what their applications explain, then applications
    laplacian = np.diag(files) - seen.T @ (seen / n[:, None])
    reader = np.linalg.pinv(laplacian) @ (((y - means[:, None]) * seen).sum(axis=0))
    application = (y - reader[None, :] * seen).sum(axis=1) / n
    by_both = left_over(application[:, None] + reader[None, :])
    chance = max(by_both / (reads - applications - readers + 1), 1e-9 * (y**2).sum() / reads)
    of_applications = (by_reader - by_both - (applications - 1) * chance) / (reads - readers)
    of_readers = max(0.0, (by_application - by_both - (readers - 1) * chance) / (reads - applications))
    return of_applications, of_readers, chance


def adjust(seen, points, variances, reach):
    """Adjusted score, low and high of each application: level + average reader + application.

    The level and the readers from what the reads of one application have in common taken out of them.
    """
    of_applications, of_readers, chance = variances
    n = seen.sum(axis=1)
    readers = seen.shape[1]
    # reads of one application vary together: V = chance * I + of_applications * (all ones), block by block.
    # Inverse: (I - pull / n * ones) / chance, so each product is one of the reads less one of the sums
    pull = n * of_applications / (chance + n * of_applications)
    sums = np.concatenate([n[:, None], seen], axis=1)  # of a column of ones, and of each reader's column
    straight = np.diag(np.concatenate([[n.sum()], seen.sum(axis=0)]))
    straight[0, 1:] = straight[1:, 0] = seen.sum(axis=0)
    totals = (points * seen).sum(axis=1)
    right = np.concatenate([[totals.sum()], (points * seen).sum(axis=0)])
    matrix = (straight - sums.T @ (sums * (pull / n)[:, None])) / chance
    right = (right - sums.T @ (totals * pull / n)) / chance
    # readers come from a bell curve: where its spread is 0 they have no effect at all
    keep = slice(None) if of_readers > 0 else slice(0, 1)
    matrix, right = matrix[keep, keep], right[keep]
    if of_readers > 0:
        matrix[1:, 1:] += np.eye(readers) / of_readers
    covariance = np.linalg.inv(matrix)
    solved = covariance @ right
    level, reader = solved[0], solved[1:] if of_readers > 0 else np.zeros(readers)
    application = pull * ((points - level - reader[None, :]) * seen).sum(axis=1) / n
    score = level + reader.mean() + application

    average = np.concatenate([[1.0], np.full(len(solved) - 1, 1 / readers)])
    away = average[None, :] - sums[:, keep] * (pull / n)[:, None]
    own_variance = of_applications * (1 - pull)
    half = reach * np.sqrt(own_variance + np.einsum("ip,pq,iq->i", away, covariance, away, optimize=True))
    return score, score - half, score + half


def alpha_of(units, values):
    """Krippendorff's alpha for ordered points, pair by pair. units: Counter of sorted tuples of points."""
    together = np.zeros((len(values), len(values)))
    for unit, count in units.items():
        for a, first in enumerate(unit):
            for b, second in enumerate(unit):
                if a != b:
                    together[values.index(first), values.index(second)] += count / (len(unit) - 1)
    held = together.sum(axis=1)
    distance = np.zeros_like(together)
    for a in range(len(values)):
        for b in range(a + 1, len(values)):
            distance[a, b] = distance[b, a] = (held[a : b + 1].sum() - (held[a] + held[b]) / 2) ** 2
    expected = (np.outer(held, held) * distance).sum() / (held.sum() - 1)
    return 1 - (together * distance).sum() / expected if expected else float("nan")


def agreement_of(units, seed, draws=1000, interval=0.95):
    """alpha, low, high, how many applications."""
    patterns = sorted((unit, count) for unit, count in units.items() if len(unit) > 1)
    values = sorted({value for unit, _count in patterns for value in unit})
    number = sum(count for _unit, count in patterns)
    if number < 2 or len(values) < 2:
        return None, None, None, number
    share = np.array([count for _unit, count in patterns], dtype=float) / number
    drawn = np.random.default_rng(seed).multinomial(number, share, size=draws)
    names = [unit for unit, _count in patterns]
    alphas = [alpha_of({unit: c for unit, c in zip(names, draw) if c}, values) for draw in drawn]  # noqa: B905
    low, high = np.nanquantile(alphas, [(1 - interval) / 2, (1 + interval) / 2])
    return alpha_of(dict(patterns), values), low, high, number


def main():
    parser = argparse.ArgumentParser(description="Work out the scores of a cycle again from its anonymised file.")
    parser.add_argument("file")
    parser.add_argument("--seats", type=int, default=0, help="how many can go; shows the line and who is close to it")
    parser.add_argument("--files-min", type=int, default=8, help="fewest files of a reader (8)")
    parser.add_argument("--percent", type=float, default=80, help="what an interval holds, in percent (80)")
    parser.add_argument("--seed", type=int, default=20270101, help="of the interval of the agreement")
    options = parser.parse_args()
    reads, criteria = read_file(options.file)
    whole = {key: sum(read.values()) for key, read in reads.items() if len(read) == len(criteria)}
    if not whole:
        sys.exit("No complete reading in the file.")
    table = scores(whole, options)
    write(table)
    show_line(table, options.seats)
    for criterion in criteria:
        held = defaultdict(list)
        for (application, _reader), read in reads.items():
            if criterion in read:
                held[application].append(read[criterion])
        found = agreement_of(Counter(tuple(sorted(points)) for points in held.values()), options.seed)
        words = ["—" if each is None else f"{each:.3f}" for each in found[:3]]
        say(f"agreement {criterion}: {words[0]} ({words[1]} to {words[2]}), {found[3]} applications")


def scores(whole, options):
    """{application: [reads, mean, median, spread, raw_low, raw_high, adjusted, low, high]}"""
    applications, readers = (sorted({key[side] for key in whole}) for side in (0, 1))
    seen, points = (np.zeros((len(applications), len(readers))) for _ in range(2))
    place = {name: number for number, name in enumerate(applications)}
    column = {name: number for number, name in enumerate(readers)}
    totals = defaultdict(list)
    for (application, reader), total in whole.items():
        seen[place[application], column[reader]] = 1
        points[place[application], column[reader]] = total
        totals[application].append(total)
    reach = NormalDist().inv_cdf(0.5 + options.percent / 200)
    freedom = len(whole) - len(applications)
    within = sum((total - sum(each) / len(each)) ** 2 for each in totals.values() for total in each)
    noise = within / freedom if freedom else float("nan")
    refusal = refusal_of(seen, points, options.files_min)
    variances = None if refusal else variances_of(seen, points)
    if variances and variances[0] <= 0:
        refusal = "only_chance"
    if refusal:
        say(f"not adjusted: {refusal}")
        adjusted = [[None] * len(applications)] * 3
    else:
        names = ("applications", "readers", "chance")
        for name, variance in zip(names, variances):  # noqa: B905
            say(f"spread of {name}: {variance**0.5:.3f} points")
        adjusted = adjust(seen, points, variances, reach)
    table = {}
    for number, application in enumerate(applications):
        each = totals[application]
        mean, half = sum(each) / len(each), reach * (noise / len(each)) ** 0.5
        raw = [len(each), mean, median(each), max(each) - min(each), mean - half, mean + half]
        table[application] = raw + [column[number] for column in adjusted]
    return table


def write(table):
    writer = csv.writer(sys.stdout)
    writer.writerow(
        ["application", "reads", "mean", "median", "spread", "mean_low", "mean_high", "adjusted", "low", "high"]
    )
    for application, (reads, *figures) in table.items():
        shown = ["" if each is None or each != each else f"{each:.6f}" for each in figures]
        writer.writerow([application, reads, *shown])


def show_line(table, seats):
    first, low, high = (1, 4, 5) if any(row[6] is None for row in table.values()) else (6, 7, 8)
    if not 0 < seats < len(table):
        return
    ordered = sorted((row[first] for row in table.values()), reverse=True)
    line = (ordered[seats - 1] + ordered[seats]) / 2
    close = sum(row[low] <= line <= row[high] for row in table.values())
    say(f"line for {seats} seats: {line:.3f} points; too close to call: {close}")


def say(text):
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
