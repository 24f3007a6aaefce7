// model_corpus DIR: writes small models of every kind, for fuzz/make_corpus.
#include <filesystem>
#include <fstream>
#include <string>

#include "model/model_file.h"
#include "tests/model/model_case.h"

int main(int count, char** arguments) {
  using namespace oneormany::model;
  if (count != 2) return 2;
  int number = 0;
  for (const Kind& kind : all_kinds()) {
    Model model = a_model(kind);
    if (number > 0) model.self_tests.clear();  // most bytes of a file would be their pixels
    std::ofstream(std::filesystem::path(arguments[1]) / std::to_string(number++), std::ios::binary)
        << to_bytes(model);
  }
  return 0;
}
