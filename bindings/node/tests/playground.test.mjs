// The playground in a real Chromium, from a file: what a person does, what axe finds, and pictures.
// PLAYGROUND names the page, CHROMIUM the browser, SHOTS a directory for the pictures.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { chromium } from 'playwright-core'

const { CHROMIUM, PLAYGROUND, SHOTS } = process.env
const url = pathToFileURL(PLAYGROUND).href
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
mkdirSync(SHOTS, { recursive: true })

let browser, page, problems

before(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
})
after(() => browser?.close())
beforeEach(async () => {
  await open({})
})

async function open(options, hash = '') {
  await page?.context().close()
  const context = await browser.newContext({
    viewport: { width: 1360, height: 1000 },
    colorScheme: 'light',
    ...options,
  })
  page = await context.newPage()
  problems = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on(
    'request',
    (request) =>
      !request.url().startsWith('file:') &&
      !request.url().startsWith('data:') &&
      problems.push(request.url()),
  )
  await page.goto(url + hash)
  await page.waitForFunction(() => document.body.dataset.played)
}

/** Waits until the page has played once more. */
async function played(work) {
  const before = await page.evaluate(() => document.body.dataset.played)
  await work()
  await page.waitForFunction((was) => document.body.dataset.played !== was, before)
}
const text = (selector) => page.locator(selector).innerText()
const shot = (name) => page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true })
const well = async () => {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] }),
  )
  assert.deepEqual(
    violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]),
    [],
  )
  assert.deepEqual(problems, [])
}

const MINE = `apiVersion: batch/v1
kind: Job
metadata:
  name: mine
spec:
  completions: 4
  parallelism: 2
  completionMode: Indexed
  backoffLimitPerIndex: 1
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: main
        image: mine:1
`

test('it plays an example as soon as it is opened from a file', async () => {
  assert.match(await text('#verdict'), /^succeeded after .* with 2 pods, at Kubernetes 1\.\d+\./)
  assert.equal(await page.locator('#picture svg').count(), 1)
  assert.ok((await page.locator('#lines tbody tr').count()) > 5)
  assert.ok((await page.locator('#lines .rule').count()) > 2)
  await well()
  await shot('light')
})

test('every example plays at every version, without a problem', async () => {
  const examples = await page.locator('#example option:not([hidden])').count()
  const versions = await page.locator('#kube option').allInnerTexts()
  assert.ok(examples >= 8 && versions.length === 9)
  for (let at = 0; at < examples; at++) {
    await played(() => page.selectOption('#example', String(at)))
    for (const version of versions) {
      if ((await page.inputValue('#kube')) !== version)
        await played(() => page.selectOption('#kube', version))
      assert.doesNotMatch(await text('#verdict'), /cannot/)
    }
  }
  await well()
})

test('a pasted Job, and what its pods do', async () => {
  assert.equal(await page.inputValue('#example'), '0')
  await played(() => page.fill('#manifest', MINE))
  assert.equal(await page.inputValue('#example'), 'own')
  while (await page.locator('[aria-label^="Remove row"]').count())
    await played(() => page.click('[aria-label^="Remove row"] >> nth=0'))
  assert.match(await text('#verdict'), /^succeeded .* 4 pods/)
  await page.click('#add')
  await played(() => page.fill('[aria-label="Index of row 1"]', '2'))
  await played(() => page.fill('[aria-label="Exit code of row 1"]', '7'))
  assert.match(await text('#verdict'), /^failed .* 5 pods.* FailedIndexes/)
  await played(() => page.fill('[aria-label="Exit code of row 1"]', 'x'))
  assert.match(await text('#verdict'), /cannot be played: `x` is no exit code/)
  await played(() => page.fill('[aria-label="Exit code of row 1"]', '7'))
  await page.click('summary:has-text("status")')
  assert.match(await text('#status'), /"failedIndexes": "2"/)
  await played(() => page.check('#decisions'))
  assert.equal(
    await page.locator('#lines tbody tr').count(),
    await page.locator('#lines .rule').count(),
  )
  await well()
})

test('a mistake is shown with its line, which a click finds', async () => {
  await played(() => page.fill('#manifest', MINE.replace('completions: 4', 'completions: -4')))
  assert.match(await text('#verdict'), /refuses the Job/)
  assert.match(await text('#findings'), /line 6: spec\.completions: Invalid value: -4/)
  await page.click('#findings button')
  const selected = await page.evaluate(() => {
    const { value, selectionStart, selectionEnd } = document.activeElement
    return value.slice(selectionStart, selectionEnd)
  })
  assert.equal(selected, '  completions: -4')
  await well()
  await shot('refused')
  await played(() => page.fill('#manifest', 'kind: Job\nspec: ['))
  assert.match(await text('#verdict'), /cannot be read/)
  await well()
})

test('two versions are compared', async () => {
  await page.emulateMedia({ colorScheme: 'dark' })
  await played(() => page.fill('#manifest', MINE))
  await played(() => page.selectOption('#kube', '1.37'))
  assert.equal(await page.isVisible('#difference-box'), false)
  await played(() => page.selectOption('#other', '1.29'))
  assert.ok((await page.locator('#difference tr.added').count()) > 0)
  assert.ok((await page.locator('#difference tr.removed').count()) > 0)
  await well()
  await shot('dark-compared')
  await played(() => page.selectOption('#other', '1.37'))
  assert.match(await text('#difference'), /Every line is the same/)
})

test('a link has all that was given', async () => {
  await played(() => page.fill('#manifest', MINE))
  await played(() => page.selectOption('#kube', '1.31'))
  await page.click('#add')
  await played(() => page.fill('#pods tbody tr:last-child [name=run]', '90s'))
  await page.click('#share')
  await page.waitForFunction(() => location.hash.length > 10)
  const [hash, said] = [await page.evaluate(() => location.hash), await text('#verdict')]
  await open({}, hash)
  assert.equal(await text('#verdict'), said)
  assert.equal(await page.inputValue('#manifest'), MINE)
  assert.equal(await page.inputValue('#kube'), '1.31')
  await open({}, '#j=nonsense')
  assert.match(await text('#verdict'), /^succeeded/)
  await well()
})

test('the keyboard is enough', async () => {
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip')
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate(() => location.hash), '#results')
  await open({})
  const seen = new Set()
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    seen.add(
      await page.evaluate(
        () =>
          document.activeElement.id ||
          document.activeElement.getAttribute('aria-label') ||
          document.activeElement.textContent,
      ),
    )
  }
  for (const wanted of [
    'share',
    'example',
    'kube',
    'other',
    'manifest',
    'add',
    'Exit code of row 1',
    'picture',
    'decisions',
    'Conditions',
  ]) {
    assert.ok(seen.has(wanted), `${wanted} cannot be reached: ${[...seen].join('; ')}`)
  }
  await page.focus('#kube')
  await played(() => page.keyboard.press('ArrowDown'))
  assert.equal(await page.inputValue('#kube'), '1.36')
})

test('it fits a telephone, light and dark', async () => {
  for (const colorScheme of ['light', 'dark']) {
    await open({ viewport: { width: 375, height: 740 }, colorScheme })
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.ok(width <= 375, `${width} wide`)
    await well()
    await shot(`narrow-${colorScheme}`)
  }
})
