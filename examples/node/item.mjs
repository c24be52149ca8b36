/** Fails on every hundredth item the first time. */
export default function work({ index, attempt }) {
  if (index % 100 === 0 && attempt === 1) throw new Error('the network was not in the mood')
  return index ** 2
}
