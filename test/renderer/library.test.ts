import { describe, expect, test } from 'vitest';
import { AppError } from '#shared/errors/app-error.ts';
import { makeModel } from '#test/support/fake-control.ts';
import { useRenderer } from '#test/support/use-renderer.ts';
import { verifies } from '#test/support/verifies.ts';
import { makeBusyHouse, makeQuietHouse } from './house.ts';

const renderer = useRenderer();

/** Registers what it is given as a model of that file's name; `broken` files are refused. */
function makeImportingHouse() {
  const control = makeQuietHouse();
  control.handlers['models.import'] = async ({ path }) => {
    if (path.includes('broken')) {
      throw new AppError('model-file-invalid', `${path} ends after 3.1 of 7.3 GB.`, { hint: 'Download it again.' });
    }
    const model = makeModel({ name: path.split('/').at(-1)?.replace('.gguf', '') ?? path, trust: 'new' });
    control.setModels([...control.models, model]);
    return model;
  };
  return control;
}

const imported = (control: ReturnType<typeof makeImportingHouse>): unknown[] =>
  control.asked.filter(({ name }) => name === 'models.import').map(({ input }) => input);

describe('the library', () => {
  test('lists models in groups and shows what is known of the chosen one', async () => {
    const page = await renderer.open('library', makeBusyHouse());
    await page.getByRole('row', { name: /Gemma-3-12B-it/ }).click();
    const details = page.getByRole('complementary', { name: 'Details of Gemma-3-12B-it' });
    await details.getByText('gemma3', { exact: true }).waitFor();
    await details.getByText('23 MB per 1,000 tokens').waitFor();
    await details.getByText('/models/example/Gemma-3-12B-it/Gemma-3-12B-it.Q4_K_M.gguf').waitFor();
    const groups = await page.getByRole('rowheader').allInnerTexts();
    expect(groups).toEqual(['In memory', 'On disk', 'Needs attention']);
    await page.getByRole('row', { name: /Big-70B/ }).click();
    await page.getByRole('alert').getByText('Big-70B needs 44.1 GB, 31.9 GB short.').waitFor();
    await page.getByRole('button', { name: 'Try loading again' }).waitFor();
  });

  test('is filtered by name, and says so when nothing matches', async () => {
    const page = await renderer.open('library', makeBusyHouse());
    await page.getByRole('row', { name: /Gemma/ }).waitFor();
    await page.keyboard.press('Control+f');
    await page.keyboard.type('gemma');
    await expect.poll(() => page.locator('.model-table-row').count()).toBe(1);
    await page.keyboard.type('xx');
    await page.getByText('No model matches “gemmaxx”.').waitFor();
    await page.getByRole('button', { name: 'Clear filter' }).click();
    await expect.poll(() => page.locator('.model-table-row').count()).toBe(6);
  });

  test('is used by keys: arrows select, Enter loads, Delete removes with Undo', async () => {
    const control = makeBusyHouse();
    control.handlers['models.import'] = async () => makeModel({ name: 'Gemma-3-12B-it' });
    const page = await renderer.open('library', control);
    await page.getByRole('row', { name: /Gemma/ }).click();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('complementary', { name: 'Details of Phi-4-mini-instruct' }).waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowUp');
    await page.getByRole('row', { name: /Gemma/ }).press('Delete');
    await page.getByRole('status').getByText('Gemma-3-12B-it removed from Impetus. The file stays on disk.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect
      .poll(() => control.asked.filter(({ name }) => name.startsWith('models.')))
      .toEqual([
        { name: 'models.load', input: { model: 'phi-4-mini-instruct.q4_k_m' } },
        { name: 'models.forget', input: { model: 'gemma-3-12b-it.q4_k_m' } },
        { name: 'models.import', input: { path: '/models/example/Gemma-3-12B-it/Gemma-3-12B-it.Q4_K_M.gguf' } },
      ]);
  });

  test('a model that was set aside after crashes gets another try from its details', async () => {
    const control = makeQuietHouse();
    const setAside = makeModel({ name: 'Crashy-1B', trust: 'quarantined' });
    control.handlers['models.release'] = async () => {
      const released = { ...setAside, trust: 'new' as const };
      control.setModels([released]);
      return released;
    };
    control.setModels([setAside]);
    const page = await renderer.open('library', control);
    await page.getByRole('row', { name: /Crashy-1B/ }).click();
    await page.getByRole('button', { name: 'Give it another try' }).press('Enter');
    await page.getByText('Set aside', { exact: true }).waitFor({ state: 'detached' });
    expect(control.asked.filter(({ name }) => name === 'models.release')).toEqual([
      { name: 'models.release', input: { model: setAside.id } },
    ]);
  });

  test('a model is made the default from its menu', async () => {
    const control = makeBusyHouse();
    const page = await renderer.open('library', control);
    await page.getByRole('row', { name: /Phi-4/ }).click();
    await page.getByRole('button', { name: 'More for Phi-4-mini-instruct' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Make it the default' }).press('Enter');
    await page.getByRole('row', { name: /Phi-4.*Default/ }).waitFor();
    expect(control.asked.at(-1)).toEqual({
      name: 'models.setDefault',
      input: { model: 'phi-4-mini-instruct.q4_k_m' },
    });
  });
});

describe('importing', () => {
  test('a path is registered in place; a refused file says why and what to do', async () => {
    const control = makeImportingHouse();
    const page = await renderer.open('library', control);
    await page.getByRole('button', { name: 'Import' }).click();
    const dialog = page.getByRole('dialog', { name: 'Import models' });
    await dialog.getByRole('button', { name: 'Add' }).click();
    await dialog.getByText('Type the path of a GGUF file.').waitFor();
    await dialog.getByLabel('Path of a GGUF file').fill('/data/broken.gguf');
    await page.keyboard.press('Enter');
    await dialog.getByText('/data/broken.gguf ends after 3.1 of 7.3 GB.').waitFor();
    await dialog.getByText('Download it again.').waitFor();
    await dialog.getByLabel('Path of a GGUF file').fill('"/data/My Model.gguf"');
    await page.keyboard.press('Enter');
    await dialog.getByText('added as my model.q4_k_m').waitFor();
    await dialog.getByRole('button', { name: 'Show in the library' }).click();
    await page.getByRole('complementary', { name: 'Details of My Model' }).waitFor();
    expect(imported(control)).toEqual([{ path: '/data/broken.gguf' }, { path: '/data/My Model.gguf' }]);
  });

  test(
    'the file dialog picks models from disk',
    verifies(['S3-18'], { breaks: 'src/renderer/features/library/import-dialog.tsx#ImportDialog' }, async () => {
      const control = makeImportingHouse();
      const page = await renderer.open('library?import', control);
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Choose files…' }).click();
      await (
        await chooser
      ).setFiles([
        { name: 'One.gguf', mimeType: 'application/octet-stream', buffer: Buffer.from('GGUF') },
        { name: 'broken.gguf', mimeType: 'application/octet-stream', buffer: Buffer.from('GGUF') },
      ]);
      await page.getByText('added as one.q4_k_m').waitFor();
      await page.getByText('/drop/broken.gguf ends after 3.1 of 7.3 GB.').waitFor();
      expect(imported(control)).toEqual([{ path: '/drop/One.gguf' }, { path: '/drop/broken.gguf' }]);
    }),
  );

  test(
    'files dropped on the window are added; one that lies nowhere on the disk is explained',
    verifies(['S3-26'], { breaks: 'src/renderer/features/library/drop-frame.tsx#DropFrame' }, async () => {
      const control = makeImportingHouse();
      const page = await renderer.open('library', control);
      await page.getByRole('row', { name: /SmolLM2/ }).waitFor();
      await page.evaluate(`{
        const data = new DataTransfer();
        data.items.add(new File(['GGUF'], 'Dropped.gguf'));
        data.items.add(new File(['GGUF'], 'from-web.gguf'));
        window.data = data;
        window.dispatchEvent(new DragEvent('dragover', { dataTransfer: data, cancelable: true }));
      }`);
      await page.getByText('Drop to look at 2 files').waitFor();
      await page.evaluate(
        `window.dispatchEvent(new DragEvent('drop', { dataTransfer: window.data, cancelable: true }))`,
      );
      await page.getByText('added as dropped.q4_k_m').waitFor();
      await page.getByText('A browser does not tell where from-web.gguf lies on the disk.').waitFor();
      expect(imported(control)).toEqual([{ path: '/drop/Dropped.gguf' }]);
    }),
  );
});
