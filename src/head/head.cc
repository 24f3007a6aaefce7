#include "head/head.h"

#include <stdexcept>

namespace oneormany::head {

Head side_by_side(const std::vector<Head>& heads) {
  return std::visit(
      [&]<typename Kind>(const Kind& first) -> Head {
        if constexpr (std::is_same_v<Kind, MlpHead>) {
          throw std::logic_error("small networks do not go side by side");
        } else {
          Kind all = first;  // and what they share
          const Index columns = first.weights.rows(), count = static_cast<Index>(heads.size());
          all.weights.resize(count * columns, first.weights.cols());
          all.bias.resize(count * columns);
          for (Index i = 0; i < count; ++i) {
            const auto& one = std::get<Kind>(heads[static_cast<std::size_t>(i)]);
            all.weights.middleRows(i * columns, columns) = one.weights;
            all.bias.segment(i * columns, columns) = one.bias;
          }
          return all;
        }
      },
      heads.front());
}

}  // namespace oneormany::head
