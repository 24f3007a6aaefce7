#pragma once
// How figures are written where people read them: the verdict, the tables and the page write the
// same figure the same way.

#include <string>

namespace oneormany::report {

/// A threshold on a score of any scale, rounded down, so that no right answer is lost by typing it
/// in, and to enough digits that little else is gained: "0.22", "0.9987", "-12.35". A value that so
/// few digits write exactly stays as it is.
std::string threshold_text(double threshold);

/// "97 %"; below 1 % and above 99 % with a decimal, so that little is not nothing and much not all.
std::string percent_text(double share);
/// The same without its sign, for ranges: "97".
std::string percent_number(double share);

}  // namespace oneormany::report
