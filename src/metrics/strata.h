#pragma once
// What a stratified random sample of a finite collection tells of a share in all of it.

#include <optional>
#include <vector>

#include "metrics/bootstrap.h"

namespace oneormany::metrics {

/// One stratum of the collection: `size` items, of which `drawn` were drawn at random, each at most
/// once, and looked at. `of` of those drawn are in question, `some` of these are what is counted.
struct Stratum {
  double size = 0, drawn = 0;  ///< 0 < drawn <= size
  double of = 0, some = 0;     ///< 0 <= some <= of <= drawn
  /// false: it is known that no item of the stratum is counted; that none in question isn't.
  bool can_count = true, can_miss = true;
  bool all_in_question = false;  ///< true: it is known that every item is
};

/// Of the items in question in the whole collection, the share of what is counted, with its 95 %
/// interval.
struct StrataShare {
  double value = 0;
  Interval interval;
};

/// Each item drawn stands for size / drawn items (Horvitz & Thompson 1952): value is
/// Σ size · some / drawn over Σ size · of / drawn. Unbiased where the latter is known, as it is
/// where all that is drawn is in question, or all of some strata and nothing of the others; else a
/// ratio of two unbiased sums. None where nothing drawn is in question.
///
/// The interval holds the shares that the sample does not contradict: those whose likelihood,
/// maximised over all collections with that share (profile likelihood; multivariate hypergeometric
/// in each stratum), is at least exp(−3.84 / 2) of the greatest. For the upper end half an item of
/// what is counted is added to what was seen, for the lower end half an item in question that
/// isn't: without, the interval would hold too little where next to nothing, or nearly all, is
/// counted. It is split over the strata as are the items in question that nobody looked at. The
/// value lies in the interval; where everything was drawn it is that value alone. Throws
/// std::invalid_argument for strata that can't be.
std::optional<StrataShare> share_of_strata(const std::vector<Stratum>& strata);

}  // namespace oneormany::metrics
