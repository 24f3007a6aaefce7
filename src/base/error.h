#pragma once
// Errors: one line that names the file (or the argument) and the cure.

#include <stdexcept>
#include <string>

namespace oneormany::base {

/// Something the user can mend: what() is one line, names the file and says what to do.
/// The command line prints it after "oneormany: " and exits with 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The command line itself was wrong; exits with 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// The user asked to stop (Ctrl-C); exits with 130.
class Interrupted : public std::exception {
 public:
  const char* what() const noexcept override { return "stopped"; }
};

}  // namespace oneormany::base

namespace oneormany {  // every module speaks of these
using base::Error;
using base::Interrupted;
using base::UsageError;
}  // namespace oneormany
