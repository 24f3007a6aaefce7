#pragma once
// Runs on every instruction set that vector code is built for.

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cstdint>

namespace oneormany {

/// Runs the test's body on each instruction set that the program is built for and this machine has,
/// from the best down to portable code.
template <typename Body>
void on_each_instruction_set(const Body& body) {
  for (const std::int64_t target :
#if HWY_ARCH_X86
       {HWY_AVX3, HWY_AVX2, HWY_SSE4, HWY_SCALAR}
#else
       {HWY_NEON, HWY_SCALAR}
#endif
  ) {
    if (HWY_DISABLED_TARGETS & target) continue;
    if (target != HWY_SCALAR && !(hwy::SupportedTargets() & target)) continue;
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::GetChosenTarget().Update(target);
    body();
  }
  hwy::GetChosenTarget().DeInit();  // the next call chooses the best again
}

}  // namespace oneormany
