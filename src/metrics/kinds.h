#pragma once
// What a few kinds of pictures let one expect of others.

#include <vector>

#include "metrics/bootstrap.h"

namespace oneormany::metrics {

/// Of each kind so many of its pictures, all of them at least one.
struct KindCount {
  double some = 0, all = 0;
};

/// The 95 % prediction interval of the mean share of so many new kinds, from the shares of those
/// known, two at least. Shares are compared as log-odds, with half a picture added on either side.
/// Two to five kinds alone would say next to nothing of how kinds differ, and if they agree too
/// much: so they are taken together with what is known beforehand, half a kind with a share of 50
/// %, and three with a deviation of 1.3 between them (docs/evaluation.md). Student's t. The mean of
/// the known kinds' shares lies in it.
Interval interval_of_new_kinds(const std::vector<KindCount>& known, int new_kinds);

/// The mean of the kinds' shares, each kind counting once.
double mean_share(const std::vector<KindCount>& known);

}  // namespace oneormany::metrics
