#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "report/document.h"
#include "report/page.h"
#include "report/sections.h"
#include "report/text.h"
#include "tests/error_in.h"
#include "tests/folder.h"
#include "tests/report/browser.h"
#include "tests/report/fixture.h"

namespace oneormany::report {
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

/// The four models and a gallery of real files, one of which has gone and one has a nasty name.
evaluate::Results comparison_with_gallery(const fs::path& folder) {
  evaluate::Results c = example_comparison();
  for (const char* name : {"red.svg", "blue.svg", kNastyName, "gone.svg"}) {
    evaluate::FalseAccept false_accept{folder / name, {}};
    if (false_accept.file.filename() != "gone.svg") write_svg(false_accept.file, "red");
    for (std::size_t i = 0; i < c.models.size(); ++i) {
      false_accept.predictions.push_back(
          {fmt::format("label<{}", i), 0.97 - 0.2 * static_cast<double>(i), i < 2});
    }
    c.false_accepts.push_back(false_accept);
  }
  return c;
}

/// All that can be found, in a page with real pictures.
evaluate::Results trusted_with_pictures(const fs::path& folder) {
  evaluate::Results c = trusted_comparison();
  c.false_accepts = comparison_with_gallery(folder).false_accepts;
  for (std::size_t i = 0; i < c.label_errors.size(); ++i) {
    c.label_errors[i].file = folder / fmt::format("label_error{}.svg", i);
    write_svg(c.label_errors[i].file, "blue");
  }
  return c;
}

/// User text everywhere that would run as a script if it were not escaped.
evaluate::Results hostile_comparison(const fs::path& folder) {
  evaluate::Results c = trusted_with_pictures(folder);
  const std::string evil =
      "</script></style><script>hacked=1</script><img src=x onerror='hacked=1'>\"";
  c.data.name = evil;
  c.data.classes[0].name = c.protocol->backbone = evil;
  c.data.notes = {evil};
  c.untrained = {{evil, evil}};
  c.data.skipped = {{evil, evil}};
  c.models[0].name = c.models[3].name = evil;
  c.prediction_sets->without_guarantee = {evil};
  c.label_errors[0].label = c.label_errors[0].prediction = evil;
  c.label_errors[1].label = evil;
  c.data.background_source.bank = evil;
  c.data.background_source.left_out = {{evil, 3, evil}};
  c.false_accepts[0].predictions[0].label = evil;
  c.false_accepts[0].predictions[3].label = evil;
  return c;
}

std::string page_of(const evaluate::Results& comparison) {
  return page_html(document(comparison), kShare, image::ImageOptions());
}

/// The section of this class; empty if there is none.
std::string section_of(const evaluate::Results& results, const std::string& id,
                       const std::optional<image::ImageOptions>& reading = image::ImageOptions()) {
  const std::string page = page_html(document(results), kShare, reading);
  const std::size_t at = page.find("<section class=\"" + id + "\">");
  return at == std::string::npos ? "" : page.substr(at, page.find("</section>", at) - at);
}

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
  static void SetUpTestSuite() { image::start_image_library(); }
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
  evaluate::Results c = example_comparison();
  c.data.name = "{{vega}} {{no such}} @PAGE_css@";
  EXPECT_TRUE(holds(page_of(c), "<h1>{{vega}} {{no such}} @PAGE_css@</h1>"));
}

TEST_F(Html, AnInlinedLibraryCannotEndItsElement) {
  fs::create_directory(folder_.path() / "vega");
  for (const char* name : {"vega.js", "vega-lite.js", "vega-embed.js"}) {
    std::ofstream(folder_.path() / "vega" / name) << "x='</SCRIPT>';y='</script >';";
  }
  const std::string page = page_html(document(example_comparison()), folder_.path(), {});
  EXPECT_EQ(count(page, R"(x='<\/SCRIPT>';y='<\/script >';)"), 3U);
  EXPECT_EQ(count(page, "</script"), count(page, "<script"));
}

TEST_F(Html, SaysWhatToDoWhenTheChartLibraryIsMissing) {
  EXPECT_EQ(error_in([&] { page_html(document(example_comparison()), folder_.path(), {}); }),
            (folder_.path() / "vega" / "vega.js").string() +
                ": can't read the chart library; run script/setup");
}

TEST_F(Html, TablesHoldEveryMeasureWithMeaningAndInterval) {
  const evaluate::Results c = example_comparison();
  const std::string page = page_of(c);
  for (const Section& section : {in_domain_section(c), unseen_section(c)}) {
    const Table& table = std::get<Table>(section.parts[0].content);
    EXPECT_EQ(table.rows.size(), 4U);
    EXPECT_GE(table.columns.size(), 9U);
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const Column& column = table.columns[i];
      EXPECT_TRUE(
          holds(page, fmt::format(">{}<small>{}", column.name, prose_html(column.meaning))));
      for (const Row& row : table.rows) {
        const Cell& cell = row.cells[i];
        EXPECT_TRUE(holds(page, fmt::format(">{}", escape_html(cell.text))));
        if (!cell.interval.empty()) {
          EXPECT_TRUE(holds(page, fmt::format("<small>{}", cell.interval)));
        }
      }
    }
  }
}

TEST_F(Html, TheVerdictComesBeforeChartsAndTables) {
  const std::string page = page_of(example_comparison());
  const std::size_t verdict = page.find("<h2>Verdict</h2>");
  EXPECT_LT(verdict, page.find("id=\"chart-0\""));
  EXPECT_LT(verdict, page.find("<table"));
}

TEST_F(Html, TheGalleryShowsPicturesAndStrikesOutWhatIsBelowTheThreshold) {
  const std::string html = section_of(comparison_with_gallery(folder_.path()), "false-accepts");
  EXPECT_EQ(count(html, "src=\"data:image/jpeg;base64,/9j/"), 3U);
  EXPECT_EQ(count(html, "<s class=\"label\""), 4U * 2U);
  EXPECT_EQ(count(html, "no label</span>"), 4U * 2U);
  EXPECT_EQ(count(html, "<span class=\"label\" title=\"label&lt;0\">"), 4U);
  EXPECT_TRUE(holds(html, "<span class=\"number\">0.970</span>"));
  EXPECT_TRUE(holds(html, "style=\"width:97.0%\""));
}

TEST_F(Html, OfThePileThoseLeftOutAreShownTheMostAndTheLeastProbable) {
  evaluate::Results c = example_comparison();
  EXPECT_EQ(page_of(c).find("id=\"unlabelled\""), std::string::npos);
  c.data.unlabelled = {.given = 100, .background = 70, .of_classes = 30};
  for (int i = 0; i < 30; ++i) {
    c.data.unlabelled.left_out.push_back({fmt::format("pile/{}.png", i), i % 2, 1 - i / 50.0});
  }
  const std::string html = section_of(c, "unlabelled");
  EXPECT_TRUE(holds(html, "30 of your 100 unlabelled pictures"));
  const std::size_t least = html.find("The least probable");
  EXPECT_LT(html.find("The most probable"), html.find("pile/0.png"));
  EXPECT_LT(html.find("pile/11.png"), least);
  EXPECT_FALSE(holds(html, "pile/12.png"));
  EXPECT_FALSE(holds(html, "pile/17.png"));
  EXPECT_GT(html.find("pile/18.png"), least);
  EXPECT_EQ(count(html, ">buildings</span>"), 12U);
  EXPECT_TRUE(holds(html, "<span class=\"number\">0.980</span>"));
}

TEST_F(Html, APictureThatCannotBeShownSaysWhy) {
  const evaluate::Results c = comparison_with_gallery(folder_.path());
  EXPECT_TRUE(holds(section_of(c, "false-accepts"),
                    fmt::format("<p>{}", (folder_.path() / "gone.svg").string())));
  evaluate::Results large = example_comparison();
  large.false_accepts = {{folder_.path() / "large.pgm", {}}};
  std::ofstream(large.false_accepts[0].file) << "P5 90 60 255\n" << std::string(90 * 60, 'g');
  EXPECT_TRUE(holds(section_of(large, "false-accepts"), "data:image/jpeg"));
  EXPECT_FALSE(
      holds(section_of(large, "false-accepts", image::ImageOptions{.max_megapixels = 0.001}),
            "data:image/jpeg"));
  EXPECT_TRUE(
      holds(section_of(large, "false-accepts", image::ImageOptions{.max_megapixels = 0.001}),
            "large.pgm: "));
}

TEST_F(Html, ListsSkipsNotesAndUntrainedModels) {
  evaluate::Results c = example_comparison();
  c.data.notes = {"3 unseen pictures were left out"};
  c.untrained = {{"classes+none", "no background"}};
  const std::string page = page_of(c);
  EXPECT_TRUE(holds(page, "<dt>buildings/broken.jpg</dt><dd>ends in the middle"));
  EXPECT_TRUE(holds(page, "2 files left out"));
  EXPECT_TRUE(holds(page, "<li>3 unseen pictures were left out</li>"));
  EXPECT_TRUE(holds(page, "<dt>classes+none</dt><dd>no background</dd>"));
}

TEST_F(Html, BarsAddUpToAllPicturesAndPartAtTheThreshold) {
  evaluate::Results c = example_comparison();
  c.models.resize(1);
  c.models[0].in_domain_max = {0.0, 0.3, 0.99, 1.0};
  c.models[0].unseen_max = {0.71, 0.715, 0.72, 0.2};
  c.models[0].unseen->threshold = 0.715;
  const auto models = nlohmann::json::parse(chart_data_json(c))["models"];
  double in_domain = 0, unseen = 0, reached = 0;
  for (const auto& bar : models[0]["bars"]) {
    const double share = bar["upper"].get<double>() - bar["lower"].get<double>();
    (bar["group"] == "unseen" ? unseen : in_domain) += share;
    if (bar["group"] == "unseen" && bar["reached"]) reached += share;
    EXPECT_NEAR(bar["to"].get<double>() - bar["from"].get<double>(), 0.04, 1e-12);
  }
  EXPECT_DOUBLE_EQ(in_domain, 1);
  EXPECT_DOUBLE_EQ(unseen, 1);
  EXPECT_DOUBLE_EQ(reached, 0.5);
  EXPECT_EQ(models[0]["threshold"], 0.715);
}

// In a real browser.

TEST_F(Html, ABrowserDrawsEveryChartAndPictureWithoutAnyComplaint) {
  const evaluate::Results c = comparison_with_gallery(folder_.path());
  const Browsed seen = browse(page_of(c), 1200);
  EXPECT_THAT(seen.console, IsEmpty());
  ASSERT_EQ(seen.charts.size(), c.models.size());
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
  evaluate::Results c = example_comparison();
  c.data.unseen = 0;
  for (evaluate::ModelResult& model : c.models) {
    model.unseen.reset();
    model.unseen_max.clear();
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
  const evaluate::Results c = many_label_comparison();
  const std::string html = section_of(c, "labels");
  EXPECT_EQ(count(html, "<details"), 1U) << "the other model";
  EXPECT_EQ(count(html, "<tr><th scope=\"row\">") + count(html, "<tr class=\"pale\">"), 2U * 40U);
  EXPECT_LT(html.find(">label 33<"), html.find(">label 7<"));  // 0.218 and 0.883
  EXPECT_TRUE(holds(html, "<th scope=\"row\">label 2</th><td>0</td><td>–</td>"));
  EXPECT_TRUE(holds(html, "<td>0.21<small>0.12–0.37</small></td>"));
  EXPECT_TRUE(holds(html, "2 labels are on fewer than 30 pictures"));
  EXPECT_EQ(section_of(example_comparison(), "labels"), "");
}

TEST_F(Html, TheRecommendedModelsLabelsStandFirstAndTheOthersAreFoldedAway) {
  evaluate::Results c = many_label_comparison(5);
  c.recommended = trusted_comparison().recommended;
  c.recommended->model = 1;
  const std::string html = section_of(c, "labels");
  EXPECT_TRUE(holds(html, "What &quot;labels+background&quot; makes of each label"));
  const std::size_t fold = html.find("<details>");
  EXPECT_LT(html.find("id=\"labels-1\""), fold);
  EXPECT_GT(html.find("id=\"labels-0\""), fold);
  EXPECT_GT(html.find("<h3>labels</h3>"), fold);
}

TEST_F(Html, LabelsSayWhatTheirThresholdDoesAndWhereTheAimIsOutOfReach) {
  evaluate::Results c = many_label_comparison(5);
  evaluate::LabelResults& labels = *c.models[0].in_domain.labels;
  labels.tuned->aim = metrics::parse_aim("precision=0.99");
  const std::string reached = section_of(c, "labels");
  EXPECT_TRUE(holds(reached, ">kept</th>"));
  EXPECT_TRUE(holds(reached,
                    "<td>70.0 %<small>60.0–80.0 %</small></td>"
                    "<td>80.0 %<small>70.0–90.0 %</small></td>"));
  EXPECT_FALSE(holds(reached, "out of reach"));
  labels.each[2].tuned->reachable = false;  // no picture carries it: nothing to say
  labels.each[4].tuned->reachable = false;
  const std::string html = section_of(c, "labels");
  EXPECT_EQ(count(html, "aim out of reach"), 1U);
  EXPECT_TRUE(holds(html, ">label 4<small class=\"but\">aim out of reach</small></th>"));
  EXPECT_TRUE(holds(html,
                    "precision=0.99 is out of reach on these pictures for 1 label, whose "
                    "threshold comes nearest to it: label 4."));
  labels.tuned.reset();
  for (evaluate::LabelResult& label : labels.each) label.tuned.reset();
  c.models.resize(1);
  EXPECT_FALSE(holds(section_of(c, "labels"), ">kept</th>"));
}

TEST_F(Html, ABrowserDrawsADiagramForEveryLabelThatIsCarried) {
  evaluate::Results c = many_label_comparison();
  c.data.classes[3].name = "</script><img src=x onerror='hacked=1'>";
  for (evaluate::ModelResult& model : c.models)
    model.in_domain.labels->each[3].name = c.data.classes[3].name;
  for (const int width : {1200, 500}) {
    const Browsed seen = browse(page_of(c), width);
    EXPECT_THAT(seen.console, IsEmpty());
    EXPECT_FALSE(seen.hacked);
    EXPECT_EQ(seen.charts.size(), 2U + 2U)
        << "for each model the highest probabilities, the labels";
    EXPECT_EQ(seen.reliability_diagrams, 2 * 39);
    EXPECT_LE(seen.page_width, width);
  }
}

TEST_F(Html, TheRecommendationStandsOnTop) {
  const std::string page = page_of(trusted_with_pictures(folder_.path()));
  EXPECT_LT(page.find("<h2>Use labels+background, a label model</h2>"),
            page.find("<h2>Verdict</h2>"));
  const std::string card = section_of(trusted_comparison(), "card");
  EXPECT_TRUE(holds(card, "Score background, threshold -7.35 (-7.90 to -6.81)"));
  EXPECT_TRUE(holds(card, "<dd>95.2&nbsp;%<small>93.1–96.8&nbsp;%</small></dd><dt>of the correct"));
  EXPECT_TRUE(
      holds(card, "<dd>4.6&nbsp;%<small>2.1–8.1&nbsp;%</small></dd><dt>of unrelated pictures"));
  EXPECT_TRUE(holds(card, "<dd>6.1&nbsp;%<small>3.0–10.9&nbsp;%</small></dd><dt>of your 345"));
  EXPECT_TRUE(
      holds(card, "<dd>96.7&nbsp;%<small>95.1–97.9&nbsp;%</small></dd><dt>of your pictures"));
  evaluate::Results c = trusted_comparison();
  c.recommended->reachable = false;
  EXPECT_TRUE(holds(section_of(c, "card"),
                    "No threshold of it accepts 95&nbsp;% of the correct answers on these"));
  EXPECT_EQ(section_of(example_comparison(), "card"), "");
}

TEST_F(Html, ScoresStandByTheEstimateWithTheTruthBeside) {
  const std::string html = section_of(trusted_comparison(), "ood");
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
  const evaluate::Results c = trusted_comparison();
  const std::string calibration = section_of(c, "calibrations");
  EXPECT_TRUE(holds(calibration,
                    "temperature<small>chosen</small></th><td>0.093</td><td>0.021"
                    "<small>0.015–0.031</small></td>"));
  EXPECT_TRUE(holds(calibration, "within one standard error of the lowest is chosen. Here: temp"));
  const std::string differences = section_of(c, "differences");
  EXPECT_TRUE(holds(differences,
                    "classes<wbr>+none</th><td class=\"best\">+2.1 %<small>+0.4 % to "
                    "+3.8 %</small></td><td>0.013</td><td>-5.0 %"));
  const std::string sets = section_of(c, "prediction-sets");
  EXPECT_TRUE(holds(sets, "at most 5&nbsp;% of the time"));
  EXPECT_TRUE(holds(sets, "96&nbsp;% (94–97) of the labels"));
  EXPECT_TRUE(holds(sets, "No guarantee for: weather vanes. At α = 0.05 it takes 19 pictures"));
  const std::string background = section_of(c, "details");
  EXPECT_TRUE(holds(background, "204 pictures of your own, 1,000 of the bank (built-in)."));
  EXPECT_TRUE(holds(background, "77 more were left out"));
  EXPECT_TRUE(holds(background, "<dt>signs/flags</dt><dd>120 pictures, near to flags</dd>"));
  for (const auto part : {scores_section, calibration_section, differences_section, sets_section}) {
    EXPECT_TRUE(part(example_comparison()).parts.empty());
    EXPECT_TRUE(part(evaluate::Results{}).parts.empty());
  }
}

TEST_F(Html, ClassesStandInATableTheWorstFirst) {
  evaluate::Results c = trusted_comparison();
  c.data.classes[1].name = "<b>";
  const std::string html = section_of(c, "classes");
  EXPECT_TRUE(holds(html, "<tr><th scope=\"row\">&lt;b&gt;</th><td>"));
  EXPECT_LT(html.find(">&lt;b&gt;<"), html.find(">98.3 %<"));
  EXPECT_TRUE(holds(html, "<td>85.3 %<small>76.4–92.7 %</small></td>"));
  EXPECT_TRUE(holds(html, "<td class=\"words\">" + c.data.classes[0].name + " (15 %)</td>"));
  for (auto& one : c.recommended->classes) one.unseen.reset();
  EXPECT_FALSE(holds(section_of(c, "classes"), ">unseen<"));
  EXPECT_EQ(section_of(example_comparison(), "classes"), "");
  EXPECT_TRUE(holds(page_of(trusted_comparison()), "<h2>Class by class</h2>"));
}

TEST_F(Html, WhereNoCalibrationIsChosenThereIsNoDiagramAfterIt) {
  evaluate::Results c = trusted_comparison();
  EXPECT_FALSE(nlohmann::json::parse(chart_data_json(c))["calibration"]["after"].is_null());
  c.models[3].calibration->chosen = metrics::CalibrationMethod::kNone;
  const auto data = nlohmann::json::parse(chart_data_json(c))["calibration"];
  EXPECT_TRUE(data["after"].is_null());
  EXPECT_FALSE(data["before"].empty());
  EXPECT_TRUE(
      holds(section_of(c, "calibrations"), "Here: none of the methods helped: log-loss 0.206"));
}

TEST_F(Html, OfMoreThanSixModelsOnlyThePlainAndTheRecommendedOnesHaveOpenCharts) {
  evaluate::Results c = trusted_comparison();
  for (int i = 0; i < 2; ++i) c.models.push_back(c.models[2]);
  EXPECT_FALSE(holds(section_of(c, "distributions"), "<details>")) << "six";
  c.models.push_back(c.models[2]);
  const std::string html = section_of(c, "distributions");
  EXPECT_TRUE(holds(html, "<summary>The other 4 models</summary>"));
  const std::size_t fold = html.find("<details>");
  for (std::size_t i = 0; i < c.models.size(); ++i) {
    const bool open = i == 0 || i == 1 || i == 3;  // classes, labels, the recommended one
    EXPECT_EQ(html.find(fmt::format("id=\"chart-{}\"", i)) < fold, open) << i;
  }
}

TEST_F(Html, LikelyLabelErrorsShowTheirLabelAndThePrediction) {
  const std::string html = section_of(trusted_with_pictures(folder_.path()), "label-errors");
  EXPECT_EQ(count(html, "data:image/jpeg;base64,/9j/"), 2U);
  EXPECT_TRUE(holds(html, ">flags</span><span class=\"number\">0.012</span>"));
  EXPECT_TRUE(holds(html, ">buildings</span><span class=\"number\">0.981</span>"));
  EXPECT_TRUE(holds(html, ">not buildings</span><span class=\"number\">0.959</span>"));
}

TEST_F(Html, WhereNoPictureIsReadThereAreNoEmptyFrames) {
  const evaluate::Results c = trusted_with_pictures(folder_.path());
  EXPECT_EQ(count(section_of(c, "label-errors"), "class=\"frame\""), 2U);
  const std::string html = section_of(c, "label-errors", std::nullopt);
  EXPECT_EQ(count(html, "<figure"), 2U);
  EXPECT_EQ(count(html, "class=\"frame\""), 0U);
}

TEST_F(Html, OfManyModelsTheGalleryShowsTheRecommendedOneAndThreeOthers) {
  evaluate::Results c = trusted_comparison();
  for (int i = 0; i < 6; ++i) c.models.push_back(c.models[3]);
  for (std::size_t i = 0; i < c.models.size(); ++i) c.models[i].name = fmt::format("model {}", i);
  c.recommended->model = 7;
  c.false_accepts = {{folder_.path() / "red.svg", {}}};
  for (std::size_t i = 0; i < c.models.size(); ++i)
    c.false_accepts[0].predictions.push_back({"x", 0.5, true});
  const std::string html = section_of(c, "false-accepts");
  EXPECT_EQ(count(html, "<dl class=\"answer"), 4U);
  EXPECT_LT(html.find("<dt>model 7</dt>"), html.find("<dt>model 0</dt>"));
  EXPECT_FALSE(holds(html, "<dt>model 3</dt>"));
}

TEST_F(Html, ABrowserDrawsTheChartsOfScoresAndTenModelsFit) {
  evaluate::Results c = trusted_with_pictures(folder_.path());
  for (int i = 0; i < 6; ++i) {
    c.models.push_back(c.models[3]);
    c.models.back().name = fmt::format("labels+background:asymmetric:margin=0.{}", i);
  }
  for (const int width : {1200, 500}) {
    const Browsed seen = browse(page_of(c), width);
    EXPECT_THAT(seen.console, IsEmpty());
    EXPECT_EQ(seen.charts.size(), 10U + 3U) << "the models, scores, calibration, sets";
    for (const Chart& chart : seen.charts) {
      EXPECT_LE(chart.width, width);
      EXPECT_GT(chart.drawn, 200) << "also what is folded away";
    }
    EXPECT_EQ(seen.pictures, 3 + 2);
    EXPECT_LE(seen.page_width, width);
  }
}

TEST_F(Html, TicksSayWhereTheyStandAndNoNameIsClipped) {
  const evaluate::Results c = trusted_with_pictures(folder_.path());
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
  evaluate::Results many = many_label_comparison();
  many.recommended = trusted_comparison().recommended;
  many.recommended->model = 1;
  evaluate::Results models = trusted_comparison();
  for (int i = 0; i < 6; ++i) models.models.push_back(models.models[3]);
  for (const evaluate::Results& c : {trusted_comparison(), many, models}) {
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
}  // namespace oneormany::report
