#include "base/job.h"

#include <utility>

namespace oneormany::base {
namespace {

thread_local Job* current_job = nullptr;  // null: the main one

// Not made when first asked for: that might be in a signal handler.
constinit Job main_job;

}  // namespace

Job& Job::main() { return main_job; }

Job& Job::current() { return current_job ? *current_job : main_job; }

RunAs::RunAs(Job& job) : before_(std::exchange(current_job, &job)) {}

RunAs::~RunAs() { current_job = before_; }

}  // namespace oneormany::base
