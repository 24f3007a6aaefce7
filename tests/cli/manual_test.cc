// The man page, docs/cli.md and the completions say what --help says; the shells take them.

#include "cli/manual.h"

#include <gmock/gmock.h>

#include <regex>
#include <set>
#include <sstream>

#include "tests/program.h"

namespace oneormany::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

class ManualTest : public ProgramTest {
 protected:
  std::string manual(const std::string& form) const {
    const Ran ran = run("_manual " + form);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return ran.out;
  }

  /// Of --help: what it lists under "Subcommands:".
  std::vector<std::string> commands() const {
    std::vector<std::string> names;
    bool there = false;
    for (const std::string& line : lines_of(run("--help").out)) {
      if (line.empty()) there = false;
      if (std::smatch word; there && std::regex_search(line, word, std::regex("^  ([a-z]+) "))) {
        names.push_back(word[1]);
      }
      there |= line == "Subcommands:";
    }
    EXPECT_THAT(names, testing::Contains("compare"));
    return names;
  }

  /// The names of a command's options, from its --help.
  std::set<std::string> options(const std::string& command) const {
    const std::string help = run(command + " --help").out;
    std::set<std::string> found;
    const std::regex name("\n  (?:-[a-z],)?(--[a-z-]+)");
    for (std::sregex_iterator at(help.begin(), help.end(), name), end; at != end; ++at) {
      found.insert((*at)[1]);
    }
    EXPECT_THAT(found, testing::Contains("--help"));
    return found;
  }

  bool has(const std::string& program) const {
    return run_shell("command -v " + program).exit_code == 0;
  }
};

TEST(Blocks, TellParagraphsHeadingsTermsAndLiteralLines) {
  const auto blocks = blocks_of(
      "Scores\n  energy   of all logits,\n           in one\n  knn      nearness\n\n"
      "Two words.\nThree words here\n\n  a   b   c\n    d\n");
  using Kind = ManualBlock::Kind;
  ASSERT_THAT(blocks, ElementsAre(Field(&ManualBlock::kind, Kind::kHeading),
                                  Field(&ManualBlock::kind, Kind::kTerms),
                                  Field(&ManualBlock::kind, Kind::kText),
                                  Field(&ManualBlock::kind, Kind::kText),
                                  Field(&ManualBlock::kind, Kind::kLiteral)));
  EXPECT_EQ(blocks[0].text, "Scores");
  EXPECT_THAT(blocks[1].terms,
              ElementsAre(Pair("energy", "of all logits, in one"), Pair("knn", "nearness")));
  EXPECT_EQ(blocks[4].text, "a   b   c\n  d\n");
}

TEST_F(ManualTest, DocsHaveWhatTheProgramWrites) {
  EXPECT_EQ(read_text(TEST_DATA "/../../docs/cli.md"), manual("markdown"))
      << "write it anew: build/oneormany _manual markdown > docs/cli.md";
}

TEST_F(ManualTest, EveryOptionOfEveryCommandIsInAllOfThem) {
  const std::string man = manual("man"), markdown = manual("markdown"), bash = manual("bash"),
                    zsh = manual("zsh"), fish = manual("fish");
  for (const std::string& command : commands()) {
    EXPECT_THAT(markdown, HasSubstr("\n## " + command + "\n"));
    EXPECT_THAT(fish, HasSubstr(" -a " + command + " -d "));
    for (const std::string& option : options(command)) {
      const std::string escaped = std::regex_replace(option, std::regex("-"), "\\-");
      EXPECT_THAT(man, HasSubstr("\\fB" + escaped + "\\fR")) << command;
      EXPECT_THAT(markdown, testing::ContainsRegex("[`,] ?" + option + "[ `]")) << command;
      EXPECT_THAT(bash, testing::ContainsRegex(option + "[ ']")) << command;
      EXPECT_THAT(zsh, testing::ContainsRegex("'[*]" + option + "[=[]")) << command;
      EXPECT_THAT(fish, testing::ContainsRegex("__oneormany_is " + command + "'( -s .)? -l " +
                                               option.substr(2) + " "));
    }
  }
  EXPECT_THAT(man, AllOf(HasSubstr("NO_COLOR"), HasSubstr("ONEORMANY_THREADS"),
                         HasSubstr("\n\\fB130\\fR\n")));
}

TEST_F(ManualTest, NothingOfThisMachineStandsInIt) {
  const std::string home = "HOME=/home/somebody XDG_CACHE_HOME=/somewhere";
  for (const char* form : {"man", "markdown", "bash", "zsh", "fish"}) {
    const Ran ran = run(std::string("_manual ") + form, home);
    EXPECT_THAT(ran.out, AllOf(Not(HasSubstr("/somewhere")), Not(HasSubstr("/home"))));
  }
  EXPECT_THAT(run("_manual man", "SOURCE_DATE_EPOCH=86400").out, HasSubstr(" 1970-01-02 "));
}

TEST_F(ManualTest, HelpHidesTheCommandThatWritesIt) {
  EXPECT_THAT(run("--help").out, Not(HasSubstr("_manual")));
  expect_error(run("_manua"), 2, {"no command is called '_manua'"});
  expect_error(run("_manual info"), 2, {"'info' is none of man"});
}

TEST_F(ManualTest, ManFormatsIt) {
  write_text(dir / "oneormany.1", manual("man"));
  const Ran man = run_shell("MANWIDTH=80 LC_ALL=C.UTF-8 man --warnings -l ./oneormany.1 | col -bx");
  EXPECT_EQ(man.err, "");
  EXPECT_THAT(man.out, AllOf(HasSubstr("oneormany - one or many labels, or none of these"),
                             HasSubstr("--background builtin|none|PICTURES|BANK\n"),
                             HasSubstr("oneormany compare birds/ --unseen holiday/\n"),
                             Not(HasSubstr("\\f")), Not(HasSubstr("`"))));
  for (const std::string& line : lines_of(man.out)) EXPECT_LE(line.size(), 100u) << line;
}

TEST_F(ManualTest, MandocFindsNothingWrong) {
  if (!has("mandoc")) GTEST_SKIP() << "mandoc isn't installed";
  write_text(dir / "oneormany.1", manual("man"));
  const Ran lint = run_shell("mandoc -T lint oneormany.1");
  EXPECT_EQ(lint.out + lint.err, "");
}

class BashTest : public ManualTest {
 protected:
  void SetUp() override { write_text(dir / "oneormany.bash", manual("bash")); }

  /// What the function offers behind these words; the last one is at the cursor.
  std::vector<std::string> offers(const std::string& words) const {
    const std::string script = "source ./oneormany.bash\nCOMP_WORDS=(" + words +
                               ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_oneormany\n"
                               "((${#COMPREPLY[@]})) && printf '%s\\n' \"${COMPREPLY[@]}\"\n";
    write_text(dir / "offers.bash", script);
    const Ran ran = run_shell("bash --norc ./offers.bash || true");
    EXPECT_EQ(ran.err, "");
    return lines_of(ran.out);
  }

  /// What the words of a line are once an interactive bash has completed it: \t is the key.
  std::vector<std::string> completed(const std::string& line) const {
    write_text(dir / "typed",
               "PS1=; source ./oneormany.bash; bind 'set bell-style none'\n"
               "oneormany() { printf '%s\\n' \"$@\" > words.txt; }\n" +
                   line + "\nexit\n");
    run_shell("rm -f words.txt; script -qec 'bash --norc --noprofile -i' /dev/null < typed");
    return lines_of(read_text(dir / "words.txt"));
  }
};

TEST_F(BashTest, RegistersItsFunction) {
  EXPECT_EQ(run_shell("bash -c 'source ./oneormany.bash && complete -p oneormany'").out,
            "complete -F _oneormany oneormany\n");
}

TEST_F(BashTest, OffersCommandsOptionsAndValues) {
  EXPECT_EQ(offers("oneormany ''"), commands());
  EXPECT_THAT(offers("oneormany comp"), ElementsAre("compare"));
  EXPECT_THAT(offers("oneormany compare --unlab"),
              UnorderedElementsAre("--unlabelled", "--unlabelled-features"));
  for (const std::string& command : commands()) {
    const std::vector<std::string> all = offers("oneormany " + command + " --");
    EXPECT_EQ(std::set(all.begin(), all.end()), options(command));
  }
  EXPECT_THAT(offers("oneormany compare --stages ''"), ElementsAre("all", "last"));
  EXPECT_THAT(offers("oneormany compare --stages = l"), ElementsAre("last"));
  EXPECT_THAT(offers("oneormany compare --stages ="), ElementsAre("all", "last"));
  EXPECT_THAT(offers("oneormany compare --heads linear,r"), ElementsAre("linear,rbf"));
  EXPECT_THAT(offers("oneormany judge --scores k"), ElementsAre("knn"));
  EXPECT_THAT(offers("oneormany losses z"), ElementsAre("zlpr"));
  EXPECT_THAT(offers("oneormany compare --folds ''"), IsEmpty());
}

TEST_F(BashTest, OffersFilesBesideValues) {
  write_text(dir / "bank.bank", "");
  write_text(dir / "none yet/a", "");
  EXPECT_THAT(offers("oneormany compare --background b"), ElementsAre("builtin", "bank.bank"));
  EXPECT_THAT(offers("oneormany compare --background n"), ElementsAre("none", "none yet"));
}

TEST_F(BashTest, CompletesWhatIsTyped) {
  write_text(dir / "my birds/wren.txt", "");
  write_text(dir / "my bird.csv", "");
  EXPECT_THAT(completed("oneormany comp\t--unseen my\\ birds\t"),
              ElementsAre("compare", "--unseen", "my birds/"));
  EXPECT_THAT(completed("oneormany inspect my\\ bird.\t"), ElementsAre("inspect", "my bird.csv"));
  EXPECT_THAT(completed("oneormany compare --out m\t"),
              ElementsAre("compare", "--out", "my birds/"));
  EXPECT_THAT(completed("oneormany compare --heads linear,m\t"),
              ElementsAre("compare", "--heads", "linear,mlp"));
  EXPECT_THAT(completed("oneormany compare --prec\tb\t"),
              ElementsAre("compare", "--precision", "bf16"));
}

TEST_F(ManualTest, FishTakesIt) {
  if (!has("fish")) GTEST_SKIP() << "fish isn't installed";
  write_text(dir / "oneormany.fish", manual("fish"));
  write_text(dir / "birds/a.png", "");
  write_text(dir / "birds.csv", "");
  const auto offers = [&](const std::string& line) {
    const Ran ran =
        run_shell("HOME=\"$PWD\" fish --no-config -c 'source oneormany.fish; complete -C \"" +
                  line + "\"' | cut -f1");
    EXPECT_EQ(ran.err, "");
    return lines_of(ran.out);
  };
  EXPECT_THAT(offers("oneormany comp"), ElementsAre("compare"));
  EXPECT_THAT(offers("oneormany compare --unlab"),
              UnorderedElementsAre("--unlabelled", "--unlabelled-features"));
  EXPECT_THAT(offers("oneormany compare --precision "), UnorderedElementsAre("bf16", "f32"));
  EXPECT_THAT(offers("oneormany compare --heads linear,r"), ElementsAre("linear,rbf"));
  EXPECT_THAT(offers("oneormany compare --out bi"), ElementsAre("birds/"));
  EXPECT_THAT(offers("oneormany inspect bi"), UnorderedElementsAre("birds.csv", "birds/"));
  EXPECT_THAT(offers("oneormany judge --stages "), Not(testing::Contains("last")));
}

TEST_F(ManualTest, ZshTakesIt) {
  if (!has("zsh")) GTEST_SKIP() << "zsh isn't installed";
  write_text(dir / "functions/_oneormany", manual("zsh"));
  write_text(dir / "birds/a.png", "");
  // An interactive zsh in a terminal of its own; words.txt has what the typed line came to.
  const auto completed = [&](const std::string& line) {
    write_text(
        dir / "typing.zsh",
        "zmodload zsh/zpty\n"
        "zpty shell 'zsh -f -i'\n"
        "type_line() { zpty -w shell $1; for try in {1..300}; do [[ -e $2 ]] && return; sleep 0.1; "
        "zpty -rt shell ignored; done }\n"
        "type_line 'PS1=; fpath=($PWD/functions $fpath); autoload -U compinit; compinit -u -D; "
        "oneormany() { print -l -- \"$@\" > words.tmp; mv words.tmp words.txt }; : > ready' ready\n"
        "type_line $'" +
            line + "' words.txt\nzpty -d shell\ncat words.txt\n");
    const Ran ran = run_shell("rm -f words.txt ready; HOME=\"$PWD\" zsh -f typing.zsh");
    EXPECT_EQ(ran.err, "");
    return lines_of(ran.out);
  };
  EXPECT_THAT(completed("oneormany comp\\t--precision b\\t"),
              ElementsAre("compare", "--precision", "bf16"));
  EXPECT_THAT(completed("oneormany compare --heads linear,m\\t"),
              ElementsAre("compare", "--heads", "linear,mlp"));
  EXPECT_THAT(completed("oneormany compare --unseen bir\\t"),
              ElementsAre("compare", "--unseen", "birds"));
  EXPECT_THAT(completed("oneormany compare --background buil\\t"),
              ElementsAre("compare", "--background", "builtin"));
}

}  // namespace
}  // namespace oneormany::cli
