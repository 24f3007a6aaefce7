#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "report/measures.h"
#include "report/page.h"
#include "report/report.h"
#include "report/text.h"
#include "tests/error_in.h"
#include "tests/folder.h"
#include "tests/report/browser.h"
#include "tests/report/fixture.h"

namespace oneormany {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;
using testing::Not;

const fs::path kShare = ONEORMANY_SHARE;
const char* const kNastyName = "<img src=x onerror=\"hacked=1\">&'ünï 東京.svg";

void write_svg(const fs::path& file, const std::string& colour) {
  std::ofstream(file) << "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='60'>"
                         "<rect width='90' height='60' fill='"
                      << colour << "'/></svg>";
}

/// The four arms and a gallery of real files, one of which has gone and one has a nasty name.
Comparison comparison_with_gallery(const fs::path& folder) {
  Comparison c = example_comparison();
  for (const char* name : {"red.svg", "blue.svg", kNastyName, "gone.svg"}) {
    Mistake mistake{folder / name, {}};
    if (mistake.file.filename() != "gone.svg") write_svg(mistake.file, "red");
    for (std::size_t i = 0; i < c.arms.size(); ++i) {
      mistake.answers.push_back(
          {fmt::format("label<{}", i), 0.97 - 0.2 * static_cast<double>(i), i < 2});
    }
    c.mistakes.push_back(mistake);
  }
  return c;
}

/// All that trust finds, in a page with real pictures.
Comparison trusted_with_pictures(const fs::path& folder) {
  Comparison c = trusted_comparison();
  c.mistakes = comparison_with_gallery(folder).mistakes;
  for (std::size_t i = 0; i < c.suspects.size(); ++i) {
    c.suspects[i].file = folder / fmt::format("suspect{}.svg", i);
    write_svg(c.suspects[i].file, "blue");
  }
  return c;
}

/// User text everywhere that would run as a script if it were not escaped.
Comparison hostile_comparison(const fs::path& folder) {
  Comparison c = trusted_with_pictures(folder);
  const std::string evil =
      "</script></style><script>hacked=1</script><img src=x onerror='hacked=1'>\"";
  c.data_name = evil;
  c.classes[0].name = c.backbone = c.precision = c.verdict = evil;
  c.notes = {evil};
  c.untrained = {{evil, evil}};
  c.skipped = {{evil, evil}};
  c.arms[0].name = c.arms[3].name = evil;
  c.arms[3].scores[1].name = c.recommended->score = evil;
  c.arms[3].calibration->kinds[1].name = c.arms[3].calibration->chosen = evil;
  c.sets->without_promise = {evil};
  c.suspects[0].label = c.suspects[0].answer = evil;
  c.suspects[1].label = evil;
  c.background_from.bank = evil;
  c.background_from.left_out = {{evil, 3, evil}};
  c.mistakes[0].answers[0].label = evil;
  c.mistakes[0].answers[3].label = evil;
  return c;
}

std::string page_of(const Comparison& comparison) { return html_report(comparison, kShare, 250); }

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

/// Like HasSubstr, but a failure doesn't print a page of a megabyte.
bool holds(const std::string& page, const std::string& text) {
  return page.find(text) != std::string::npos;
}

class Html : public testing::Test {
 protected:
  static void SetUpTestSuite() { start_image_library(); }
  Folder folder_;
};

TEST_F(Html, FetchesNothing) {
  const std::string page = page_of(comparison_with_gallery(folder_.path()));
  EXPECT_TRUE(
      holds(page, "Content-Security-Policy\" content=\"default-src 'none'; img-src data:;"));
  // What is left without the inlined libraries must not name any other place.
  const std::string own = page.substr(0, page.find("<script>"));
  for (const char* attribute : {"src", "href", "srcset", "action", "data", "poster"}) {
    EXPECT_EQ(count(own, fmt::format(" {}=\"", attribute)),
              count(own, fmt::format(" {}=\"data:", attribute)))
        << attribute;
  }
  for (const char* outside : {"url(", "@import", "://"}) {
    EXPECT_FALSE(holds(own, outside)) << outside;
  }
  EXPECT_FALSE(holds(std::string(kPageJs), "://"));
}

TEST_F(Html, EscapesEveryUserText) {
  const std::string page = page_of(hostile_comparison(folder_.path()));
  EXPECT_FALSE(holds(page, "hacked=1</script>"));
  EXPECT_FALSE(holds(page, "<img src=x"));
  EXPECT_TRUE(holds(page, "&lt;img src=x onerror=&quot;hacked=1&quot;&gt;&amp;&apos;ünï 東京.svg"));
}

TEST_F(Html, APartThatLooksLikeATemplateMarkStaysAsItIs) {
  Comparison c = example_comparison();
  c.data_name = "{{vega}} {{no such}} @PAGE_css@";
  EXPECT_TRUE(holds(page_of(c), "<h1>{{vega}} {{no such}} @PAGE_css@</h1>"));
}

TEST_F(Html, AnInlinedLibraryCannotEndItsElement) {
  fs::create_directory(folder_.path() / "vega");
  for (const char* name : {"vega.js", "vega-lite.js", "vega-embed.js"}) {
    std::ofstream(folder_.path() / "vega" / name) << "x='</SCRIPT>';y='</script >';";
  }
  const std::string page = html_report(example_comparison(), folder_.path(), 250);
  EXPECT_EQ(count(page, R"(x='<\/SCRIPT>';y='<\/script >';)"), 3U);
  EXPECT_EQ(count(page, "</script"), count(page, "<script"));
}

TEST_F(Html, SaysWhatToDoWhenTheChartLibraryIsMissing) {
  EXPECT_EQ(error_in([&] { html_report(example_comparison(), folder_.path(), 250); }),
            (folder_.path() / "vega" / "vega.js").string() +
                ": can't read the chart library; run script/setup");
}

TEST_F(Html, TablesHoldEveryMeasureWithMeaningAndInterval) {
  const Comparison c = example_comparison();
  const std::string page = page_of(c);
  for (const auto& measures : {in_domain_measures(c), unseen_measures()}) {
    for (const Measure& measure : measures) {
      EXPECT_TRUE(
          holds(page, fmt::format(">{}<small>{}", measure.name, prose_html(measure.meaning))));
      for (const Arm& arm : c.arms) {
        const Reading reading = measure.read(arm);
        EXPECT_TRUE(holds(
            page, fmt::format(">{}", escape_html(format_value(measure.unit, reading.value)))));
        if (reading.ci95 && reading.ci95->first < reading.ci95->second) {
          EXPECT_TRUE(
              holds(page, fmt::format("<small>{}", format_interval(measure.unit, *reading.ci95))));
        }
      }
    }
  }
}

TEST_F(Html, TheVerdictComesBeforeChartsAndTables) {
  const std::string page = page_of(example_comparison());
  const std::size_t verdict = page.find("this is a classification problem");
  EXPECT_LT(verdict, page.find("id=\"chart-0\""));
  EXPECT_LT(verdict, page.find("<table"));
}

TEST_F(Html, TheGalleryShowsPicturesAndStrikesOutWhatIsBelowTheThreshold) {
  const std::string html = gallery_html(comparison_with_gallery(folder_.path()), 250);
  EXPECT_EQ(count(html, "src=\"data:image/jpeg;base64,/9j/"), 3U);
  EXPECT_EQ(count(html, "<s class=\"label\""), 4U * 2U);
  EXPECT_EQ(count(html, "no label</span>"), 4U * 2U);
  EXPECT_EQ(count(html, "<span class=\"label\" title=\"label&lt;0\">"), 4U);
  EXPECT_TRUE(holds(html, "<span class=\"number\">0.970</span>"));
  EXPECT_TRUE(holds(html, "style=\"width:97.0%\""));
}

TEST_F(Html, APictureThatCannotBeShownSaysWhy) {
  const Comparison c = comparison_with_gallery(folder_.path());
  EXPECT_TRUE(
      holds(gallery_html(c, 250), fmt::format("<p>{}", (folder_.path() / "gone.svg").string())));
  Comparison large = example_comparison();
  large.mistakes = {{folder_.path() / "large.pgm", {}}};
  std::ofstream(large.mistakes[0].file) << "P5 90 60 255\n" << std::string(90 * 60, 'g');
  EXPECT_TRUE(holds(gallery_html(large, 250), "data:image/jpeg"));
  EXPECT_FALSE(holds(gallery_html(large, 0.001), "data:image/jpeg"));
  EXPECT_TRUE(holds(gallery_html(large, 0.001), "large.pgm: "));
}

TEST_F(Html, ListsSkipsNotesAndUntrainedArms) {
  Comparison c = example_comparison();
  c.notes = {"3 unseen pictures were left out"};
  c.untrained = {{"classes+none", "no background"}};
  const std::string page = page_of(c);
  EXPECT_TRUE(holds(page, "<dt>buildings/broken.jpg</dt><dd>ends in the middle"));
  EXPECT_TRUE(holds(page, "2 files left out"));
  EXPECT_TRUE(holds(page, "<li>3 unseen pictures were left out</li>"));
  EXPECT_TRUE(holds(page, "<b>classes+none</b>: no background"));
}

TEST_F(Html, BarsAddUpToAllPicturesAndPartAtTheThreshold) {
  Comparison c = example_comparison();
  c.arms.resize(1);
  c.arms[0].in_domain_max = {0.0, 0.3, 0.99, 1.0};
  c.arms[0].unseen_max = {0.71, 0.715, 0.72, 0.2};
  c.arms[0].unseen->threshold = 0.715;
  const auto arms = nlohmann::json::parse(chart_data_json(c))["arms"];
  double in_domain = 0, unseen = 0, reached = 0;
  for (const auto& bar : arms[0]["bars"]) {
    const double share = bar["upper"].get<double>() - bar["lower"].get<double>();
    (bar["group"] == "unseen" ? unseen : in_domain) += share;
    if (bar["group"] == "unseen" && bar["reached"]) reached += share;
    EXPECT_NEAR(bar["to"].get<double>() - bar["from"].get<double>(), 0.04, 1e-12);
  }
  EXPECT_DOUBLE_EQ(in_domain, 1);
  EXPECT_DOUBLE_EQ(unseen, 1);
  EXPECT_DOUBLE_EQ(reached, 0.5);
  EXPECT_EQ(arms[0]["threshold"], 0.715);
}

// In a real browser.

TEST_F(Html, ABrowserDrawsEveryChartAndPictureWithoutAnyComplaint) {
  const Comparison c = comparison_with_gallery(folder_.path());
  const Browsed seen = browse(page_of(c), 1200);
  EXPECT_THAT(seen.console, IsEmpty());
  ASSERT_EQ(seen.charts.size(), c.arms.size());
  for (const Chart& chart : seen.charts) {
    EXPECT_GT(chart.bars, 10) << "bars of both groups";
    EXPECT_EQ(chart.rules, 2) << "the zero line and the threshold";
    EXPECT_GT(chart.width, 300);
  }
  EXPECT_EQ(seen.pictures, 3);
}

TEST_F(Html, ABrowserRunsNoScriptFromUserText) {
  const Browsed seen = browse(page_of(hostile_comparison(folder_.path())), 1200);
  EXPECT_FALSE(seen.hacked);
  EXPECT_THAT(seen.console, IsEmpty());
  EXPECT_EQ(seen.charts.size(), 4U + 3U);
}

TEST_F(Html, ThePageFitsIntoANarrowWindow) {
  const Browsed seen = browse(page_of(hostile_comparison(folder_.path())), 500);
  EXPECT_LE(seen.page_width, 500);
  for (const Chart& chart : seen.charts) EXPECT_LE(chart.width, 500);
}

TEST_F(Html, ABrowserDrawsChartsWithoutUnseenPictures) {
  Comparison c = example_comparison();
  c.unseen = 0;
  for (Arm& arm : c.arms) {
    arm.unseen.reset();
    arm.unseen_max.clear();
  }
  const std::string page = page_of(c);
  EXPECT_TRUE(holds(page, "No unseen pictures were given"));
  const Browsed seen = browse(page, 1200);
  EXPECT_THAT(seen.console, IsEmpty());
  ASSERT_EQ(seen.charts.size(), 4U);
  for (const Chart& chart : seen.charts) {
    EXPECT_GT(chart.bars, 3);
    EXPECT_EQ(chart.rules, 1) << "the zero line alone";
  }
}

TEST_F(Html, LabelsStandInATableTheWorstFirst) {
  const Comparison c = many_label_comparison();
  const std::string html = labels_html(c);
  EXPECT_EQ(count(html, "<details"), 1U) << "the other arm";
  EXPECT_EQ(count(html, "<tr><th scope=\"row\">") + count(html, "<tr class=\"few\">"), 2U * 40U);
  EXPECT_LT(html.find(">label 33<"), html.find(">label 7<"));  // 0.218 and 0.883
  EXPECT_TRUE(holds(html, "<th scope=\"row\">label 2</th><td>0</td><td>–</td>"));
  EXPECT_TRUE(holds(html, "<td>0.21<small>0.12–0.37</small></td>"));
  EXPECT_TRUE(holds(html, "2 labels are on fewer than 30 pictures"));
  EXPECT_EQ(labels_html(example_comparison()), "");
}

TEST_F(Html, TheRecommendedArmsLabelsStandFirstAndTheOthersAreFoldedAway) {
  Comparison c = many_label_comparison(5);
  c.recommended = trusted_comparison().recommended;
  c.recommended->arm = 1;
  const std::string html = labels_html(c);
  EXPECT_TRUE(holds(html, "What “labels+background” makes of each label"));
  const std::size_t fold = html.find("<details>");
  EXPECT_LT(html.find("id=\"labels-1\""), fold);
  EXPECT_GT(html.find("id=\"labels-0\""), fold);
  EXPECT_GT(html.find("<h3>labels</h3>"), fold);
}

TEST_F(Html, LabelsSayWhatTheirThresholdDoesAndWhereTheAimIsOutOfReach) {
  Comparison c = many_label_comparison(5);
  LabelFindings& labels = *c.arms[0].in_domain.labels;
  labels.tuned->aim = "precision=0.99";
  const std::string reached = labels_html(c);
  EXPECT_TRUE(holds(reached, ">kept</th>"));
  EXPECT_TRUE(holds(reached,
                    "<td>70.0 %<small>60.0–80.0 %</small></td>"
                    "<td>80.0 %<small>70.0–90.0 %</small></td>"));
  EXPECT_FALSE(holds(reached, "out of reach"));
  labels.each[2].tuned->reachable = false;  // no picture carries it: nothing to say
  labels.each[4].tuned->reachable = false;
  const std::string html = labels_html(c);
  EXPECT_EQ(count(html, "aim out of reach"), 1U);
  EXPECT_TRUE(holds(html, ">label 4<small class=\"but\">aim out of reach</small></th>"));
  EXPECT_TRUE(holds(html,
                    "precision=0.99 is out of reach on these pictures for 1 label, whose "
                    "threshold comes nearest to it: label 4."));
  labels.tuned.reset();
  for (LabelFinding& label : labels.each) label.tuned.reset();
  c.arms.resize(1);
  EXPECT_FALSE(holds(labels_html(c), ">kept</th>"));
}

TEST_F(Html, ABrowserDrawsADiagramForEveryLabelThatIsCarried) {
  Comparison c = many_label_comparison();
  c.classes[3].name = "</script><img src=x onerror='hacked=1'>";
  for (Arm& arm : c.arms) arm.in_domain.labels->each[3].name = c.classes[3].name;
  for (const int width : {1200, 500}) {
    const Browsed seen = browse(page_of(c), width);
    EXPECT_THAT(seen.console, IsEmpty());
    EXPECT_FALSE(seen.hacked);
    EXPECT_EQ(seen.charts.size(), 2U + 2U) << "for each arm the highest probabilities, the labels";
    EXPECT_EQ(seen.reliability_diagrams, 2 * 39);
    EXPECT_LE(seen.page_width, width);
  }
}

TEST_F(Html, TheRecommendationStandsOnTop) {
  const std::string page = page_of(trusted_with_pictures(folder_.path()));
  EXPECT_LT(page.find("<h2>Use labels+background</h2>"), page.find("<h2>Verdict</h2>"));
  const std::string card = card_html(trusted_comparison());
  EXPECT_TRUE(holds(card, "<b>background</b>"));
  EXPECT_TRUE(holds(card, "<b>-7.35 (-7.90 to -6.81)</b>"));
  EXPECT_TRUE(holds(card, "<dd>95.2&nbsp;%<small>93.1–96.8&nbsp;%</small></dd><dt>of the right"));
  EXPECT_TRUE(holds(card, "<dd>4.6&nbsp;%<small>2.1–8.1&nbsp;%</small></dd><dt>of other pictures"));
  EXPECT_TRUE(holds(card, "<dd>6.1&nbsp;%<small>3.0–10.9&nbsp;%</small></dd><dt>of your 345"));
  EXPECT_TRUE(holds(card, "<dd>96.7&nbsp;%<small>95.1–97.9&nbsp;%</small></dd><dt>accuracy"));
  Comparison c = trusted_comparison();
  c.recommended->reachable = false;
  EXPECT_TRUE(
      holds(card_html(c), "But no threshold of it keeps 95&nbsp;% of the right answers on these"));
  EXPECT_EQ(card_html(example_comparison()), "");
}

TEST_F(Html, ScoresStandByTheRehearsalWithTheTruthBeside) {
  const std::string html = scores_html(trusted_comparison());
  const std::string first = html.substr(0, html.find("</table>"));
  EXPECT_LT(first.find(">background<"), first.find(">knn<"));
  EXPECT_LT(first.find(">vim<"), first.find(">mahalanobis<"));
  EXPECT_TRUE(holds(first, "<tr class=\"headline\"><th scope=\"row\">background<"));
  EXPECT_TRUE(holds(first, ">4.6 %<small>2.1–8.1 %</small></td>"));
  EXPECT_TRUE(holds(first, ">6.1 %<small>3.0–10.9 %</small></td>"));
  EXPECT_EQ(count(html, "<table"), 4U);
  EXPECT_EQ(count(html, "class=\"headline\""), 1U);
}

TEST_F(Html, CalibrationDifferencesSetsAndBackgroundSayTheirFigures) {
  const Comparison c = trusted_comparison();
  const std::string calibration = calibration_html(c);
  EXPECT_TRUE(holds(calibration,
                    "temperature<small>chosen</small></th><td>0.093</td><td>0.021"
                    "<small>0.015–0.031</small></td>"));
  EXPECT_TRUE(holds(calibration, "within one standard error of the lowest is chosen. Here: temp"));
  const std::string differences = differences_html(c);
  EXPECT_TRUE(holds(differences,
                    "classes+none</th><td class=\"best\">+2.1 %<small>+0.4 % to "
                    "+3.8 %</small></td><td>0.013</td><td>-5.0 %"));
  const std::string sets = sets_html(c);
  EXPECT_TRUE(holds(sets, "at most 5&nbsp;% of the time"));
  EXPECT_TRUE(holds(sets, "96&nbsp;% (94–97) of the labels"));
  EXPECT_TRUE(holds(sets, "No promise for: weather vanes. At 5&nbsp;% risk it takes 19 pictures"));
  const std::string background = background_html(c);
  EXPECT_TRUE(holds(background, "204 pictures of your own and 1,000 of the bank (built-in)"));
  EXPECT_TRUE(holds(background, "77 more were left out"));
  EXPECT_TRUE(holds(background, "<dt>signs/flags</dt><dd>120 pictures, near to flags</dd>"));
  for (const auto part :
       {scores_html, calibration_html, differences_html, sets_html, background_html}) {
    EXPECT_EQ(part(example_comparison()), "");
    EXPECT_EQ(part(Comparison{}), "");
  }
}

TEST_F(Html, ClassesStandInATableTheWorstFirst) {
  Comparison c = trusted_comparison();
  c.classes[1].name = "<b>";
  const std::string html = classes_html(c);
  EXPECT_TRUE(holds(html, "<tr><th scope=\"row\">&lt;b&gt;</th><td>"));
  EXPECT_LT(html.find(">&lt;b&gt;<"), html.find(">98.3 %<"));
  EXPECT_TRUE(holds(html, "<td>85.3 %<small>76.4–92.7 %</small></td>"));
  EXPECT_TRUE(holds(html, "<td class=\"words\">" + c.classes[0].name + " (15 %)</td>"));
  for (auto& one : c.recommended->classes) one.unseen.reset();
  EXPECT_FALSE(holds(classes_html(c), ">unseen<"));
  EXPECT_EQ(classes_html(example_comparison()), "");
  EXPECT_TRUE(holds(page_of(trusted_comparison()), "<h2>Class by class</h2>"));
}

TEST_F(Html, WhereNoCalibrationIsChosenThereIsNoDiagramAfterIt) {
  Comparison c = trusted_comparison();
  EXPECT_FALSE(nlohmann::json::parse(chart_data_json(c))["calibration"]["after"].is_null());
  c.arms[3].calibration->chosen = "none";
  const auto data = nlohmann::json::parse(chart_data_json(c))["calibration"];
  EXPECT_TRUE(data["after"].is_null());
  EXPECT_FALSE(data["before"].empty());
  EXPECT_TRUE(holds(calibration_html(c), "Here: none of the kinds helped: log-loss 0.206"));
}

TEST_F(Html, OfMoreThanSixArmsOnlyThePlainAndTheRecommendedOnesHaveOpenCharts) {
  Comparison c = trusted_comparison();
  for (int i = 0; i < 2; ++i) c.arms.push_back(c.arms[2]);
  EXPECT_FALSE(holds(charts_html(c), "<details>")) << "six";
  c.arms.push_back(c.arms[2]);
  const std::string html = charts_html(c);
  EXPECT_TRUE(holds(html, "<summary>The other 4 models</summary>"));
  const std::size_t fold = html.find("<details>");
  for (std::size_t i = 0; i < c.arms.size(); ++i) {
    const bool open = i == 0 || i == 1 || i == 3;  // classes, labels, the recommended one
    EXPECT_EQ(html.find(fmt::format("id=\"chart-{}\"", i)) < fold, open) << i;
  }
}

TEST_F(Html, SuspectsShowTheirLabelAndTheAnswer) {
  const std::string html = suspects_html(trusted_with_pictures(folder_.path()), 250);
  EXPECT_EQ(count(html, "data:image/jpeg;base64,/9j/"), 2U);
  EXPECT_TRUE(holds(html, ">flags</span><span class=\"number\">0.012</span>"));
  EXPECT_TRUE(holds(html, ">buildings</span><span class=\"number\">0.981</span>"));
  EXPECT_TRUE(holds(html, ">not buildings</span><span class=\"number\">0.959</span>"));
}

TEST_F(Html, OfManyArmsTheGalleryShowsTheRecommendedOneAndThreeOthers) {
  Comparison c = trusted_comparison();
  for (int i = 0; i < 6; ++i) c.arms.push_back(c.arms[3]);
  for (std::size_t i = 0; i < c.arms.size(); ++i) c.arms[i].name = fmt::format("arm {}", i);
  c.recommended->arm = 7;
  c.mistakes = {{folder_.path() / "red.svg", {}}};
  for (std::size_t i = 0; i < c.arms.size(); ++i) c.mistakes[0].answers.push_back({"x", 0.5, true});
  const std::string html = gallery_html(c, 250);
  EXPECT_EQ(count(html, "<dl class=\"answer"), 4U);
  EXPECT_LT(html.find("<dt>arm 7</dt>"), html.find("<dt>arm 0</dt>"));
  EXPECT_FALSE(holds(html, "<dt>arm 3</dt>"));
}

TEST_F(Html, ABrowserDrawsTheChartsOfTrustAndTenArmsFit) {
  Comparison c = trusted_with_pictures(folder_.path());
  for (int i = 0; i < 6; ++i) {
    c.arms.push_back(c.arms[3]);
    c.arms.back().name = fmt::format("labels+background:asymmetric:margin=0.{}", i);
  }
  for (const int width : {1200, 500}) {
    const Browsed seen = browse(page_of(c), width);
    EXPECT_THAT(seen.console, IsEmpty());
    EXPECT_EQ(seen.charts.size(), 10U + 3U) << "the arms, scores, calibration, sets";
    for (const Chart& chart : seen.charts) {
      EXPECT_LE(chart.width, width);
      EXPECT_GT(chart.drawn, 200) << "also what is folded away";
    }
    EXPECT_EQ(seen.pictures, 3 + 2);
    EXPECT_LE(seen.page_width, width);
  }
}

TEST_F(Html, TicksSayWhereTheyStandAndNoNameIsClipped) {
  const Comparison c = trusted_with_pictures(folder_.path());
  for (const int width : {1200, 500}) {
    const Browsed seen = browse(page_of(c), width);
    ASSERT_EQ(seen.charts.size(), 4U + 3U);
    for (const Chart& chart : seen.charts) EXPECT_FALSE(chart.clipped) << chart.words;
    EXPECT_TRUE(holds(seen.charts[4].words, "max_probability")) << seen.charts[4].words;
    const std::string sets = seen.charts.back().words;
    EXPECT_TRUE(holds(sets, "0 %|25 %|50 %|75 %|100 %")) << sets;
  }
}

/// As on paper: its style, with everything that is folded away opened.
std::string printed(std::string page) {
  const std::size_t at = page.find("@media print");
  page.replace(at, 12, "@media all");
  return page.insert(page.rfind("</body>"),
                     "<script>dispatchEvent(new Event('beforeprint'))</script>");
}

TEST_F(Html, OnPaperNoTableIsCutAndNoNameIsOneLetterWide) {
  Comparison many = many_label_comparison();
  many.recommended = trusted_comparison().recommended;
  many.recommended->arm = 1;
  Comparison arms = trusted_comparison();
  for (int i = 0; i < 6; ++i) arms.arms.push_back(arms.arms[3]);
  for (const Comparison& c : {trusted_comparison(), many, arms}) {
    const Browsed seen = browse(printed(page_of(c)), 672);  // A4 within its margins
    EXPECT_GT(seen.narrowest_name, 60);
    EXPECT_EQ(seen.hidden_width, 0);
    EXPECT_LE(seen.page_width, 672);
  }
}

TEST_F(Html, TheBrowserWouldNoticeABrokenChart) {
  std::string page = page_of(example_comparison());
  page.replace(page.rfind("vegaLite.compile(spec)"), 16, "vegaLite.compose");
  const Browsed seen = browse(page, 1200);
  EXPECT_THAT(seen.console, Not(IsEmpty()));
}

}  // namespace
}  // namespace oneormany
