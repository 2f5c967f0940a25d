// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/report/report.h"
#include "cli/report/svg.h"
#include "tests/cli/cli_test_util.h"
#include "tests/cli/report_example.h"

// The report in a real browser: Chromium without a window. A script that only the test adds
// measures the page in frames as wide as a desk's and a phone's screen.
namespace cusched {
namespace {

std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  char part[4096];
  for (size_t n = 0; (n = std::fread(part, 1, sizeof part, pipe)) > 0;) text.append(part, n);
  ::pclose(pipe);
  return text;
}

// What the page says about itself, once its layout is done.
constexpr const char* kMeasure = R"(<script>
window.errors = [];
window.addEventListener('error', e => errors.push(String(e.message)));
window.addEventListener('load', () => {
  for (const e of document.querySelectorAll('details')) e.open = true;
  const width = document.documentElement.clientWidth;
  const clipped = [], dark = getComputedStyle(document.body).backgroundColor;
  for (const text of document.querySelectorAll('svg text')) {
    const box = text.getBBox(), view = text.ownerSVGElement.viewBox.baseVal;
    if (box.x < -0.5 || box.y < -0.5 || box.x + box.width > view.width + 0.5 ||
        box.y + box.height > view.height + 0.5) clipped.push(text.textContent);
  }
  // Wider than the page, without a box that scrolls around it.
  const lost = [...document.querySelectorAll('main *')].filter(e =>
      !e.closest('.scroll') && e.getBoundingClientRect().right > width + 0.5)
      .map(e => e.tagName);
  const numbers = color => color.match(/[\d.]+/g).map(Number);
  const light = color => {
    const [r, g, b] = numbers(color).map(v => v / 255)
        .map(v => v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = light(dark);
  let contrast = 21;
  for (const e of document.querySelectorAll('h1,h2,h3,p,li,th,td,small,figcaption,summary,svg text')) {
    if (e.closest('.pod')) continue;
    const style = getComputedStyle(e);
    const ink = light(e.ownerSVGElement ? style.fill : style.color);
    contrast = Math.min(contrast, (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05));
  }
  const text = document.querySelector('svg text.tick');
  const px = text ? text.getBoundingClientRect().height : 0;
  let overlap = 0;
  for (const svg of document.querySelectorAll('svg')) {
    const boxes = [...svg.querySelectorAll('text.mid')].map(t => t.getBoundingClientRect());
    for (let i = 0; i + 1 < boxes.length; ++i)
      if (Math.abs(boxes[i].y - boxes[i + 1].y) < 2 && boxes[i].right > boxes[i + 1].left) ++overlap;
  }
  parent.postMessage({width, scroll: document.documentElement.scrollWidth, clipped, lost, contrast,
      px, overlap, paper, plots: document.querySelectorAll('svg').length, errors}, '*');
});
</script>)";

class ReportInBrowser : public test::FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    for (const char* name :
         {"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"})
      if (chromium_.empty() &&
          !output_of(std::string("command -v ") + name + " 2>/dev/null").empty())
        chromium_ = name;
    if (chromium_.empty()) GTEST_SKIP() << "skipped: no Chromium";
  }

  // --no-sandbox: as root it starts in no other way, and it shows our own page alone.
  std::string browser(const std::string& words) const {
    return "timeout 120 " + chromium_ +
           " --headless=new --no-sandbox --disable-gpu --hide-scrollbars"
           " --no-first-run --disable-extensions --disable-background-networking"
           " --force-device-scale-factor=1 --user-data-dir='" +
           at("profile") + "' --enable-logging=stderr " + words + " 'file://" + at("frame.html") +
           "' 2> '" + at("log.txt") + "'";
  }

  // Puts the report, with the script, into a frame of that width.
  void frame(std::string report, int width) {
    report.insert(report.find("</head>"), kMeasure);
    write(
        "frame.html",
        "<!DOCTYPE html><html><body style=\"margin:0\"><pre id=\"facts\"></pre><script>"
        "window.addEventListener('message', e => document.getElementById('facts').textContent ="
        " 'FACTS' + JSON.stringify(e.data) + 'END');</script><iframe style=\"border:0\" width=\"" +
            std::to_string(width) + "\" height=\"1000\" srcdoc=\"" + escape_xml(report) +
            "\"></iframe></body></html>");
  }

  nlohmann::json facts(const std::string& report, int width, const std::string& theme) {
    frame(report, width);
    const std::string dom = output_of(
        browser("--window-size=1500,1200 --virtual-time-budget=5000 " + theme + " --dump-dom"));
    EXPECT_FALSE(test::contains(read("log.txt"), "CONSOLE")) << read("log.txt");
    const size_t begin = dom.find("FACTS{"), end = dom.find("}END", begin);
    if (begin == std::string::npos || end == std::string::npos) return nullptr;
    std::string text = dom.substr(begin + 5, end + 1 - begin - 5);
    for (const auto& [code, sign] : {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}})
      for (size_t at = 0; (at = text.find(code, at)) != std::string::npos;)
        text.replace(at, std::string(code).size(), sign);
    return nlohmann::json::parse(text, nullptr, false);
  }

  void check(const std::string& report) {
    for (const int width : {1400, 390}) {
      for (const std::string theme : {"", "--force-dark-mode"}) {
        SCOPED_TRACE(std::to_string(width) + " px " + theme);
        const nlohmann::json found = facts(report, width, theme);
        ASSERT_TRUE(found.is_object()) << read("log.txt");
        EXPECT_EQ(found["width"], width);
        EXPECT_LE(found["scroll"], width);
        EXPECT_EQ(found["clipped"], nlohmann::json::array());
        EXPECT_EQ(found["lost"], nlohmann::json::array());
        EXPECT_EQ(found["errors"], nlohmann::json::array());
        EXPECT_EQ(found["overlap"], 0);
        EXPECT_GE(found["contrast"], 4.5);  // WCAG 2.1, level AA
        EXPECT_GE(found["px"], 11);         // the smallest text of plots, drawn
        EXPECT_GT(found["plots"], 5);
        EXPECT_EQ(found["paper"].get<double>() < 0.2, !theme.empty());
      }
    }
  }

  std::string chromium_;
};

TEST_F(ReportInBrowser, FitsADeskAndAPhoneInLightAndDark) {
  TrainingLog training;
  training.columns = {{"eval_wait_mean_s", {{"training", {0, 50000, 100000}, {5000, 2400, 1500}}}}};
  check(html_report(test::large_evaluation(20, 8, 200), headline_metrics("admission"), training));
}

TEST_F(ReportInBrowser, MakesPictures) {
  frame(html_report(test::large_evaluation(4, 2, 50), headline_metrics("admission"), {}), 390);
  output_of(browser("--window-size=600,800 --screenshot='" + at("page.png") + "'"));
  const std::string png = read("page.png");
  EXPECT_EQ(png.substr(1, 3), "PNG") << read("log.txt");
  EXPECT_GT(png.size(), 5000u);  // an empty page has a few hundred bytes
}

}  // namespace
}  // namespace cusched
