// report.html: one self-contained page (style, plots and images inline; no script, no network), a function of the
// manifest and its images alone.
import { page } from './html-parts.ts';
import {
  cardsSection,
  dataSection,
  headerSection,
  paperSection,
  plotsSection,
  provenanceSection,
  resultsSection,
  samplesSection,
} from './html-sections.ts';
import type { ReportImages, Section } from './html-sections.ts';
import type { ResultsManifest } from '../../results/manifest.ts';

const sections: readonly Section[] = [
  headerSection,
  resultsSection,
  samplesSection,
  plotsSection,
  cardsSection,
  dataSection,
  paperSection,
  provenanceSection,
];

/** The page. `images` holds the PNG files that the manifest names; those not given are left out. */
export function renderReport(manifest: ResultsManifest, images: ReportImages): string {
  const shown = sections.map((section) => section(manifest, images));
  return page(manifest.experiment, shown, manifest.sdxVersion);
}
