package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.Samples;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.title.TitlePage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LatexReportTest {
  /** The assignment's lab is described only where it was measured. */
  @Test
  void aReportOfOtherServersDescribesNoLab() {
    LabDescription lab = Samples.labWithControl();
    Run run =
        Samples.run(
            new LabDescription(
                LabDescription.AD_HOC,
                null,
                null,
                List.of(),
                lab.balancers(),
                List.of(new LabDescription.MeasuredPath("/p", List.of())),
                lab.targets(),
                Map.of()),
            2);
    String tex =
        LatexReport.render(Samples.report(run, Samples.samples(run, name -> 100L)), TitlePage.NONE);

    assertFalse(tex.contains("CloudFormation"));
    assertTrue(tex.contains("Benchmark of Application Load Balancer and Leadline}"), tex);
    assertTrue(tex.contains("\\section{What was measured}"));
    assertTrue(tex.contains("http://127.0.0.1:2"));
  }

  @Test
  void hostileTextDoesNotBecomeLatex() {
    String hostile = "\\input{/etc/passwd} $x$ 100% a_b #1 & ~ ^ { } \u65e5";
    LabDescription lab = Samples.lab(hostile, "/p_1", hostile, hostile);
    Run run = Samples.run(lab, 2);
    String tex =
        LatexReport.render(Samples.report(run, Samples.samples(run, name -> 100L)), TitlePage.NONE);

    assertFalse(tex.contains("\\input{/etc"));
    assertFalse(tex.contains("100% a"));
    assertTrue(
        tex.contains("\\textbackslash{}input\\{/etc/passwd\\} \\$x\\$ 100\\% a\\_b \\#1 \\&"));
    assertTrue(tex.contains("\\texttt{/p\\_1}"));
  }

  @Test
  void theAssignmentsFourSectionsAreThere() {
    String tex = LatexReport.render(Samples.report(name -> 100L), TitlePage.NONE);

    List<String> sections =
        tex.lines().filter(line -> line.startsWith("\\section{")).map(String::strip).toList();
    assertEquals(
        List.of(
            "\\section{FastAPI deployment procedure}",
            "\\section{Cluster setup using Application Load Balancer}",
            "\\section{Results of the benchmark}",
            "\\section{Instructions to run the code}"),
        sections);
  }
}
